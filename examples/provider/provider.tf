terraform {
  required_providers {
    awsdeploy = { source = "awsdeploy/awsdeploy" }
  }
}

# Credentials and region come from where the AWS CLI finds them.
provider "awsdeploy" {
  region = "eu-central-1"
}
