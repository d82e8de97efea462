# A Lambda API, linear: a fifth of the traffic every two minutes. The new
# version is invoked before it gets any, and at the end of every pause.
terraform {
  required_providers {
    awsdeploy = { source = "awsdeploy/awsdeploy" }
  }
}

variable "function" {
  description = "Name of the function."
  type        = string
}

variable "code" {
  description = "The ZIP with the function's code."
  type        = string
}

variable "alarms" {
  description = "CloudWatch alarms that take the release back."
  type        = list(string)
  default     = []
}

resource "awsdeploy_function_version" "api" {
  function_name = var.function
  filename      = var.code
}

resource "awsdeploy_alias_promotion" "api" {
  function_name = awsdeploy_function_version.api.function_name
  alias         = "live"
  version       = awsdeploy_function_version.api.version

  strategy = {
    steps = [20, 40, 60, 80]
    pause = "2m"
    bake  = "5m"
  }

  alarms = var.alarms
  verify = [{
    name   = "ping"
    invoke = { payload = jsonencode({ ping = true }), expect = jsonencode({ ping = true }) }
  }]
}
