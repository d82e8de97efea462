# Sourced. Puts the built provider into a filesystem mirror below the directory
# given, for both registries' hosts, and writes a CLI configuration that
# installs from nowhere else.
mirror() {
	local dir=$1 target host
	target=$(go env GOOS)_$(go env GOARCH)
	for host in registry.terraform.io registry.opentofu.org; do
		mkdir -p "$dir/mirror/$host/awsdeploy/awsdeploy/0.0.1/$target"
		cp .build/bin/terraform-provider-awsdeploy "$dir/mirror/$host/awsdeploy/awsdeploy/0.0.1/$target/terraform-provider-awsdeploy_v0.0.1"
	done
	cat >"$dir/cli.tfrc" <<-CONFIG
		provider_installation {
		  filesystem_mirror {
		    path = "$dir/mirror"
		  }
		}
	CONFIG
	export TF_CLI_CONFIG_FILE=$dir/cli.tfrc
}
