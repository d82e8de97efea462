package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator/runtime"
)

// speed is how many times faster than real time the account lives.
const speed = 60

// region is where the estate is.
const region = "eu-central-1"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

// demo is one telling of the story.
type demo struct {
	screen  *screen
	cloud   *cloud
	cli     *cli
	traffic *traffic
	checks  checks
	shop    string // the working copy of the example
}

func run(ctx context.Context) error {
	work, err := filepath.Abs(filepath.Join(".build", "demo"))
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join("examples", "stories", "shop")); err != nil {
		return errors.New("start it in the project's directory: make demo")
	}
	if err := errors.Join(os.RemoveAll(work), os.MkdirAll(filepath.Join(work, "logs"), 0o755)); err != nil {
		return err
	}
	d := &demo{screen: newScreen(os.Stdout), shop: filepath.Join(work, "shop")}
	d.screen.say("A shop in Go, a web server on six instances and a function, is released with `terraform apply`")
	d.screen.say("onto an emulated AWS account: no real one is touched, and all that is written is in .build.")
	d.screen.title("Preparing")
	if d.cli, err = newCLI(ctx, work, d.screen); err != nil {
		return err
	}
	began := clock.System{}.Now()
	end, err := d.open(work)
	if err != nil {
		return err
	}
	defer end()
	if err := d.prepare(ctx); err != nil {
		return err
	}
	if err := d.acts(ctx); err != nil {
		if ctx.Err() != nil {
			return errors.New("interrupted; everything that was started has ended")
		}
		return fmt.Errorf("%w\nwhat terraform said is in %s", err, filepath.Join(work, "logs"))
	}
	d.screen.title("What was verified, against the emulator's API, the instances and the function")
	failed := d.checks.print(d.screen)
	d.screen.say("")
	d.screen.say("%.0f seconds; logs, state and sources are in .build/demo", clock.System{}.Now().Sub(began).Seconds())
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(d.checks))
	}
	return nil
}

// open opens the account: the emulator on a free port of the loopback
// interface, on a fast clock, with instances and functions that run.
func (d *demo) open(work string) (end func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	host := listener.Addr().String()
	now := clock.System{}.Now()
	fast := clock.Scaled{Real: now, Epoch: now.UTC(), Speed: speed}
	processes := runtime.New(filepath.Join(work, "run"))
	aws := emulator.New(fast, emulator.WithRuntime(processes), emulator.WithRegistryHost(host))
	server := &http.Server{Handler: aws, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with the demo
	d.cloud = &cloud{aws: aws, labels: map[string]string{}}
	d.traffic = &traffic{cloud: d.cloud, web: map[string]int{}, api: map[string]int{}}
	d.cli.environment = append(d.cli.environment, "AWS_ENDPOINT_URL=http://"+host, "AWSDEPLOY_CLOCK="+fast.String())
	return func() {
		d.traffic.stop()
		processes.Close()
		_ = server.Close()
	}, nil
}

// prepare seeds the account and initialises a copy of the example in it.
func (d *demo) prepare(ctx context.Context) error {
	if err := os.CopyFS(d.shop, os.DirFS(filepath.Join("examples", "stories", "shop"))); err != nil {
		return fmt.Errorf("copying the example: %w", err)
	}
	repository, err := d.cloud.seed(ctx)
	if err != nil {
		return fmt.Errorf("seeding the account: %w", err)
	}
	d.screen.say("an AWS account, emulated in this process, %d times faster than real time:", speed)
	d.screen.say("  Auto Scaling group shop-web: 6 instances behind a load balancer, still empty")
	d.screen.say("  Lambda function shop-api with alias live, and an image repository")
	variables := fmt.Sprintf("repository = %q\nplatform   = { os = %q, arch = %q }\n", repository, goos, goarch)
	if err := os.WriteFile(filepath.Join(d.shop, "demo.auto.tfvars"), []byte(variables), 0o644); err != nil {
		return err
	}
	out, err := d.cli.run(ctx, d.shop, "init", "init", "-input=false", "-no-color")
	if err != nil {
		return fmt.Errorf("%s init: %w\n%s", d.cli.name, err, out)
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "- Installed") {
			d.screen.say("%s init: %s", d.cli.name, strings.TrimSpace(strings.TrimPrefix(line, "- ")))
		}
	}
	return nil
}
