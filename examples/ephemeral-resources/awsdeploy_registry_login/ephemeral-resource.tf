# A password for the registry of another account, for whatever else in the
# configuration signs in: a provider, or a write-only argument. It reaches
# neither plan nor state.
ephemeral "awsdeploy_registry_login" "builds" {
  registry_id = "123456789012"
}

locals {
  docker_config = jsonencode({
    auths = {
      (ephemeral.awsdeploy_registry_login.builds.host) = {
        username = ephemeral.awsdeploy_registry_login.builds.username
        password = ephemeral.awsdeploy_registry_login.builds.password
      }
    }
  })
}
