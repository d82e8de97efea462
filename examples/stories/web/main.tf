# A web group with a canary: a tenth under its alarms, then half, then all.
# The version before comes back by itself when an alarm fires, when instances
# do not become healthy, or when nothing moves for too long.
terraform {
  required_providers {
    awsdeploy = { source = "awsdeploy/awsdeploy" }
  }
}

variable "autoscaling_group" {
  description = "Name of the group."
  type        = string
}

variable "launch_template_id" {
  description = "Id of the group's launch template."
  type        = string
}

variable "image_id" {
  description = "The AMI to run."
  type        = string
}

variable "alarms" {
  description = "CloudWatch alarms that take the release back."
  type        = list(string)
  default     = []
}

resource "awsdeploy_launch_template_version" "web" {
  launch_template_id = var.launch_template_id
  source_version     = "1" # what it is made from; the AMI is what differs
  image_id           = var.image_id
}

resource "awsdeploy_rolling_release" "web" {
  autoscaling_group_name = var.autoscaling_group

  launch_template = {
    id      = awsdeploy_launch_template_version.web.launch_template_id
    version = awsdeploy_launch_template_version.web.version
  }

  strategy = {
    steps                = [10, 50]
    pause                = "10m"
    bake                 = "15m"
    progress_deadline    = "20m"
    max_failed_instances = 2
  }

  alarms = var.alarms
}

output "live" {
  description = "What the group runs, in percent."
  value       = awsdeploy_rolling_release.web.live
}
