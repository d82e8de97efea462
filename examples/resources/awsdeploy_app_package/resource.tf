# A Lambda function in Go: the executable "bootstrap" becomes a ZIP.
resource "awsdeploy_app_package" "api" {
  source_dir = "${path.module}/api"
  build      = { tool = "go", platform = "linux/arm64" }
  artifact   = "bootstrap"
}

resource "awsdeploy_function_version" "api" {
  function_name = "shop-api"
  filename      = awsdeploy_app_package.api.path
}

# A web application, built by Maven and kept in S3 by its hash.
resource "awsdeploy_app_package" "shop" {
  source_dir = "${path.module}/shop"
  excludes   = ["**/*.md"]
  build      = { tool = "maven", command = ["mvn", "-B", "package"] }
  artifact   = "target/*.war"
  publish    = { bucket = "artifacts", key_prefix = "shop/" }
}

# A Lambda function in Python with the packages it needs, as wheels for its
# runtime whatever machine installs them.
resource "awsdeploy_app_package" "mail" {
  source_dir = "${path.module}/mail"
  build      = { tool = "python", platform = "linux/arm64", runtime = "python3.13" }
}

# One module of a Gradle build, with a password for its package registry that
# neither the plan nor the state holds.
resource "awsdeploy_app_package" "orders" {
  source_dir = "${path.module}/backend"
  build = {
    tool                   = "gradle"
    module                 = "orders"
    environment_wo         = { REGISTRY_PASSWORD = var.registry_password }
    environment_wo_version = 1
  }
}

variable "registry_password" {
  type      = string
  ephemeral = true
}

# Files as they are: the directory's files in one ZIP.
resource "awsdeploy_app_package" "site" {
  source_dir = "${path.module}/site"
  sources    = ["public/**"]
  artifact   = "public"
}

output "shop_war" {
  value = "s3://${awsdeploy_app_package.shop.s3_bucket}/${awsdeploy_app_package.shop.s3_key}"
}
