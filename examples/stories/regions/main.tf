# Several regions, one after the other: the second follows when the first has
# passed its bake. Each region has a launch template of its own.
terraform {
  required_providers {
    awsdeploy = { source = "awsdeploy/awsdeploy" }
  }
}

provider "awsdeploy" {
  region = "eu-central-1"
}

provider "awsdeploy" {
  alias  = "second"
  region = "us-east-1"
}

variable "first" {
  description = "Launch template and version of the first region."
  type        = object({ id = string, version = string })
}

variable "second" {
  description = "Launch template and version of the second region."
  type        = object({ id = string, version = string })
}

resource "awsdeploy_rolling_release" "first" {
  autoscaling_group_name = "shop-web"
  launch_template        = var.first
  strategy               = { steps = [10], pause = "10m", bake = "15m" }
}

resource "awsdeploy_rolling_release" "second" {
  provider               = awsdeploy.second
  autoscaling_group_name = "shop-web"
  launch_template        = var.second
  strategy               = { steps = [50], pause = "5m", bake = "10m" }
  depends_on             = [awsdeploy_rolling_release.first]
}
