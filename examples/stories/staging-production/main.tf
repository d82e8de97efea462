# Staging, then production, in one graph: production begins when staging serves
# the version, passed its bake, and answers at its own address. When it does
# not, the apply ends there and production was never touched.
terraform {
  required_providers {
    awsdeploy = { source = "awsdeploy/awsdeploy" }
  }
}

variable "launch_template_id" {
  description = "Id of the launch template that both groups use."
  type        = string
}

variable "release" {
  description = "Version of the launch template to run."
  type        = string
}

variable "staging_url" {
  description = "An address that staging answers with its health."
  type        = string
}

resource "awsdeploy_rolling_release" "staging" {
  autoscaling_group_name = "shop-staging"

  launch_template = {
    id      = var.launch_template_id
    version = var.release
  }

  strategy = { bake = "5m", max_healthy_percentage = 200 }
  verify   = [{ name = "smoke", http = { url = var.staging_url, status = 200 } }]
}

# The gate is a dependency: production is planned with staging, and begins
# after it.
resource "awsdeploy_rolling_release" "production" {
  autoscaling_group_name = "shop-production"

  launch_template = {
    id      = var.launch_template_id
    version = var.release
  }

  strategy   = { steps = [25], pause = "10m", bake = "10m" }
  depends_on = [awsdeploy_rolling_release.staging]
}
