package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("probe", flag.ContinueOnError)
	yes := flags.Bool("yes-create-and-delete", false, "make and delete instances, groups, a function and alarms in the account")
	region := flags.String("region", "", "the region to work in; required")
	role := flags.String("role", "", "ARN of a role that Lambda may assume; without it Lambda's facts stay open")
	image := flags.String("image", "", "AMI of the instances; default: the newest Amazon Linux 2023")
	kind := flags.String("type", "t3.nano", "type of the instances")
	only := flags.String("only", "*", "which facts, as a pattern, such as Baking*")
	transcript := flags.String("transcript", "probe.jsonl", "the file to write what was asked and answered")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if !*yes || *region == "" {
		return fmt.Errorf("this makes instances in your account, and costs money: say so with -yes-create-and-delete -region REGION")
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(*region))
	if err != nil {
		return fmt.Errorf("reading the configuration of AWS: %w", err)
	}
	file, err := os.Create(*transcript)
	if err != nil {
		return err
	}
	a := newAccount(cfg, clock.System{}, file)
	a.role, a.image, a.kind = *role, *image, *kind
	if err := settle(ctx, a, *only, out); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

// settle prints each fact that it could settle, and why it could not.
func settle(ctx context.Context, a *account, only string, out io.Writer) error {
	if err := a.prepare(ctx); err != nil {
		return err
	}
	open := 0
	for _, f := range facts() {
		if ok, err := path.Match(only, f.name); err != nil {
			return fmt.Errorf("-only %s: %w", only, err)
		} else if !ok {
			continue
		}
		a.record.fact = f.name
		holds, err := f.settle(ctx, a)
		if cleanErr := a.clean(); cleanErr != nil {
			fmt.Fprintf(out, "%-32s left something behind: %v\n", f.name, cleanErr)
			open++
		}
		if err != nil {
			fmt.Fprintf(out, "%-32s open: %v\n", f.name, err)
			open++
			continue
		}
		fmt.Fprintf(out, "%-32s %v\n", f.name, holds)
	}
	if open > 0 {
		return fmt.Errorf("%d facts stay open", open)
	}
	return a.record.err
}
