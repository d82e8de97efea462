// Command terraform-provider-awsdeploy serves the awsdeploy provider to
// Terraform and OpenTofu.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/provider"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/stop"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/watch"
)

const address = "registry.terraform.io/awsdeploy/awsdeploy"

// version is set by the release build.
var version = "dev"

const usage = `This is the awsdeploy provider %s, a plugin of Terraform and OpenTofu: they
start it themselves. To use it, write

    terraform {
      required_providers {
        awsdeploy = { source = "awsdeploy/awsdeploy" }
      }
    }

in a configuration and run "terraform init". To follow a release that runs:

    terraform-provider-awsdeploy watch DIR
    terraform-provider-awsdeploy watch -autoscaling-group NAME

Flags:
`

func main() {
	if len(os.Args) > 1 && os.Args[1] == "watch" {
		os.Exit(follow(os.Args[2:]))
	}
	debug := flag.Bool("debug", false, "serve one Terraform session under a debugger, and print how to attach")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), usage, version)
		flag.PrintDefaults()
	}
	flag.Parse()

	switch {
	case *showVersion:
		fmt.Println(version)
	case !*debug && os.Getenv("TF_PLUGIN_MAGIC_COOKIE") == "": // Terraform sets it
		flag.Usage()
		os.Exit(2)
	default:
		if err := serve(*debug); err != nil {
			log.Fatal(err)
		}
	}
}

// follow is the command "watch".
func follow(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	info, err := os.Stdout.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return watch.Run(ctx, args, watch.Screen{Out: os.Stdout, Terminal: terminal}, os.Stderr, clock.System{}, version)
}

func serve(debug bool) error {
	clk, err := clock.Parse(os.Getenv("AWSDEPLOY_CLOCK")) // set by tests of whole processes
	if err != nil {
		return fmt.Errorf("AWSDEPLOY_CLOCK: %w", err)
	}
	stopping := stop.NewSignal()
	p := provider.New(provider.Env{Clock: clk, Stopping: stopping.Stopping, Version: version, StepSummary: os.Getenv("GITHUB_STEP_SUMMARY")})
	server := providerserver.NewProtocol6(p)

	var opts []tf6server.ServeOpt
	if debug {
		opts = append(opts, tf6server.WithManagedDebug())
	}
	return tf6server.Serve(address, func() tfprotov6.ProviderServer { return stopping.Wrap(server()) }, opts...)
}
