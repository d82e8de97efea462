# A module with tests: it releases an AMI onto a group, with a schedule by the
# size of the risk. tests/release.tftest.hcl runs against the emulator.
terraform {
  required_providers {
    awsdeploy = { source = "awsdeploy/awsdeploy" }
  }
}

variable "autoscaling_group" {
  description = "Name of the group."
  type        = string
}

variable "launch_template_name" {
  description = "Name of the group's launch template."
  type        = string
}

variable "release" {
  description = "Version of the launch template to run."
  type        = string
}

variable "risk" {
  description = "How careful to be: low, or high."
  type        = string
  default     = "high"

  validation {
    condition     = contains(["low", "high"], var.risk)
    error_message = "risk must be low or high."
  }
}

resource "awsdeploy_rolling_release" "web" {
  autoscaling_group_name = var.autoscaling_group

  launch_template = {
    name    = var.launch_template_name
    version = var.release
  }

  strategy = {
    steps           = var.risk == "high" ? [10, 50] : [50]
    pause           = var.risk == "high" ? "10m" : "2m"
    bake            = "2m"
    instance_warmup = "30s"
  }
}

output "status" {
  description = "How the release ended."
  value       = awsdeploy_rolling_release.web.status
}

output "live" {
  description = "What the group runs, in percent."
  value       = awsdeploy_rolling_release.web.live
}

output "schedule" {
  description = "The steps of a release."
  value       = awsdeploy_rolling_release.web.schedule
}
