resource "awsdeploy_launch_template_version" "web" {
  launch_template_name = "shop-web"
  image_id             = "ami-0abc123def4567890"
}

# A tenth of the group, ten minutes later half of it, then all of it.
resource "awsdeploy_rolling_release" "web" {
  autoscaling_group_name = "shop-web"
  launch_template = {
    id      = awsdeploy_launch_template_version.web.launch_template_id
    version = awsdeploy_launch_template_version.web.version
  }

  strategy = {
    steps             = [10, 50]
    pause             = "10m"
    bake              = "15m"
    progress_deadline = "20m"
  }

  alarms = ["shop-5xx", "shop-latency"]

  # AWS holds each step until these have passed: when it has arrived, and again
  # at the end of its pause.
  verify = [
    { name = "smoke", http = { url = "https://shop.example.com/healthz", contains = "ok", max_latency = "2s" } },
    { name = "journey", lambda = { function_name = "journey-test", payload = jsonencode({ target = "web" }) } },
    { name = "error-rate", metric = {
      expression = "100 * errors / requests"
      queries = {
        errors   = { namespace = "AWS/ApplicationELB", name = "HTTPCode_Target_5XX_Count", dimensions = { LoadBalancer = "app/shop/50dc6c495c0c9188" }, statistic = "Sum" }
        requests = { namespace = "AWS/ApplicationELB", name = "RequestCount", dimensions = { LoadBalancer = "app/shop/50dc6c495c0c9188" }, statistic = "Sum" }
      }
      threshold          = 1 # percent
      min_samples        = 100
      treat_missing_data = "notBreaching" # 5xx answers are only counted when there are any
    } },
  ]
}
