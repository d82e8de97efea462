resource "awsdeploy_function_version" "api" {
  function_name = "shop-api"
  filename      = "${path.module}/shop-api.zip"
}

resource "awsdeploy_alias_promotion" "live" {
  function_name = awsdeploy_function_version.api.function_name
  alias         = "live"
  version       = awsdeploy_function_version.api.version

  strategy = {
    steps = [10, 50]
    pause = "10m"
    bake  = "15m"
  }

  # Each version has it before its first request, and loses it afterwards.
  provisioned_concurrent_executions = 20

  alarms = ["shop-api-errors"]
  verify = [
    { name = "answers", invoke = { payload = jsonencode({ ping = true }), status = 200, max_latency = "300ms" } },
    { name = "site", http = { url = "https://shop.example.com/healthz", contains = "ok" } },
    { name = "as good as before", compare = { max_difference = 0.5, min_invocations = 200 } },
    { name = "as fast as before", compare = { metric = "Duration", statistic = "p99", max_ratio = 1.2 } },
  ]
}

# By AWS CodeDeploy, which goes on and watches the alarms when no apply runs.
resource "awsdeploy_alias_promotion" "batch" {
  function_name = "shop-batch"
  alias         = "live"
  version       = "12"

  driver = "codedeploy"
  codedeploy = {
    service_role_arn     = "arn:aws:iam::123456789012:role/codedeploy"
    before_allow_traffic = "shop-batch-smoke"
  }
  strategy = {
    steps = [10]
    pause = "15m"
  }
  alarms = ["shop-batch-errors"]
}
