locals {
  strategy = {
    steps           = [10, 50]
    pause           = "10m"
    bake            = "15m"
    instance_warmup = "90s"
  }
  rollout = provider::awsdeploy::simulate_rollout(12, local.strategy)
}

# How long a release takes, and what serves meanwhile.
output "rollout" {
  value = "${local.rollout.shortest} to ${local.rollout.longest}, never fewer than ${local.rollout.least_in_service} in service"
}

# A strategy that this group is too small for is a mistake worth a warning.
check "steps_are_taken" {
  assert {
    condition     = length(local.rollout.skipped) == 0
    error_message = "The group is too small to pause at ${join(", ", local.rollout.skipped)} percent."
  }
}
