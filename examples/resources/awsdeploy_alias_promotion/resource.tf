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

  alarms = ["shop-api-errors"]
  verify = [
    { name = "answers", invoke = { payload = jsonencode({ ping = true }), expect = jsonencode({ statusCode = 200 }) } },
    { name = "site", http = { url = "https://shop.example.com/healthz", contains = "ok" } },
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
