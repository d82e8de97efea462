resource "awsdeploy_app_package" "api" {
  source_dir = "${path.module}/api"
  build      = { tool = "go" }
  artifact   = "bootstrap"
}

resource "awsdeploy_function_version" "api" {
  function_name = "shop-api"
  filename      = awsdeploy_app_package.api.path
  description   = "shop 1.4.2"
  keep_versions = 10
}
