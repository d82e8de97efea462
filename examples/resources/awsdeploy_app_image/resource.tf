# A static program and its assets on nothing else. The digest is in the plan.
resource "awsdeploy_app_image" "shop" {
  repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop"
  tags       = ["1.4.2"]
  base_image = "scratch"

  files = {
    "/srv/shop"   = "${path.module}/build/shop"
    "/srv/assets" = "${path.module}/assets"
  }

  entrypoint    = ["/srv/shop"]
  exposed_ports = ["8080"]
  user          = "1000"
}

# A web application by Maven: its WAR becomes the root application of the
# base's Tomcat, on two platforms.
resource "awsdeploy_app_package" "store" {
  source_dir = "${path.module}/store"
  build      = { tool = "maven" }
  artifact   = "target/*.war"
}

resource "awsdeploy_app_image" "store" {
  repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/store"
  tags       = ["1.4.2"]
  base_image = "public.ecr.aws/docker/library/tomcat:10-jre21"
  platforms  = ["linux/amd64", "linux/arm64"]
  package    = awsdeploy_app_package.store.path
}

# An image that is scanned and tried out before its tags move. Images from
# before the last five go, once nothing uses them.
resource "awsdeploy_app_image" "till" {
  repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/till"
  tags       = ["1.4.2", "stable"]
  base_image = "public.ecr.aws/docker/library/eclipse-temurin:21-jre"
  files      = { "/srv/till.jar" = "${path.module}/build/till.jar" }
  entrypoint = ["java", "-jar", "/srv/till.jar"]

  gate   = { fail_on = "CRITICAL" }
  test   = { command = ["${path.module}/smoke.sh"] } # finds the image in AWSDEPLOY_IMAGE
  retain = { keep = 5 }
}

# A program compiled for two platforms, with a bill of materials beside each
# platform's image.
resource "awsdeploy_app_package" "worker" {
  for_each   = toset(["linux/amd64", "linux/arm64"])
  source_dir = "${path.module}/worker"
  build      = { tool = "go", platform = each.key }
  artifact   = "worker"
}

resource "awsdeploy_app_image" "worker" {
  repository        = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/worker"
  tags              = ["2.1.0"]
  platform_packages = { for platform, made in awsdeploy_app_package.worker : platform => made.path }
  sbom              = { format = "cyclonedx" }
}

# By a Dockerfile that runs nothing: no engine, and the digest in the plan.
resource "awsdeploy_app_image" "page" {
  repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/page"
  tags       = ["1.4.2"]
  dockerfile = {
    context = "${path.module}/page"
    args    = { VERSION = "1.4.2" }
  }
}

# By a Dockerfile that runs commands: a container builder makes it in the apply.
resource "awsdeploy_app_image" "site" {
  repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/site"
  tags       = ["1.4.2"]
  dockerfile = {
    context = "${path.module}/site"
    target  = "production"
    builder = { program = "docker", address = "ssh://build@example.com" }
  }
}

# A Spring Boot application: one changed class sends one small layer, and an
# update of the base is a planned change here.
resource "awsdeploy_app_image" "prices" {
  repository  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/prices"
  base_image  = "public.ecr.aws/docker/library/eclipse-temurin:21-jre"
  base_update = "track"
  package     = "${path.module}/prices/target/prices.jar"
  java        = { jvm_flags = ["-XX:MaxRAMPercentage=75"] }

  annotations = {
    "org.opencontainers.image.source" = "https://github.com/example/prices"
  }
}

# A function of AWS Lambda, upon Lambda's own base.
resource "awsdeploy_app_image" "quote" {
  repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/quote"
  base_image = "public.ecr.aws/lambda/java:21"
  target     = "lambda"
  files      = { "/var/task/lib/quote.jar" = "${path.module}/quote/target/quote.jar" }
  cmd        = ["com.example.Quote::handleRequest"]
}

# Directories of a Node.js service: what npm installs changes rarely and is a
# layer of its own below the rest.
resource "awsdeploy_app_image" "web" {
  repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web"
  tags       = ["3.0.1"]
  base_image = "public.ecr.aws/docker/library/node:22-slim"
  files      = { "/srv" = "${path.module}/web" }
  max_size   = 200000000
  layering   = [{ name = "modules", paths = ["/srv/node_modules"] }]

  entrypoint   = ["node", "/srv/server.js"]
  health_check = { command = ["node", "/srv/health.js"], interval = "10s" }
  stop_signal  = "SIGINT"
  compression  = "zstd"
}

# The image by its digest, for whatever runs it.
output "shop_image" {
  value = awsdeploy_app_image.shop.image
}
