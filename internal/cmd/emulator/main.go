package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator/runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "emulator:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("emulator", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:4566", "the address to listen on, of this machine's loopback: whoever reaches it has the account, and with -run the machine; port 0 takes a free one")
	speed := flags.Float64("speed", 1, "how many times faster than real time the account lives")
	epoch := flags.String("epoch", "", "the time at which the account begins, as 2006-01-02T15:04:05Z; now when empty")
	region := flags.String("region", "eu-west-1", "the region in the printed settings; every region is served")
	real := flags.Bool("run", false, "run what is released: an instance runs the image that a line IMAGE=repository@sha256:… of its user data names, a function its bootstrap, as processes of this machine")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var options []emulator.Option
	if *real {
		dir, err := os.MkdirTemp("", "awsdeploy-run")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		processes := runtime.New(dir)
		defer processes.Close()
		options = append(options, emulator.WithRuntime(processes))
	}
	scaled, err := begin(*speed, *epoch)
	if err != nil {
		return err
	}
	listener, err := listen(*addr)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	server := &http.Server{Handler: emulator.New(scaled, options...), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	endpoint := "http://" + listener.Addr().String()
	fmt.Fprintf(out, "# an emulated AWS account, %s, at %s; Ctrl-C ends it\n", emulator.Account, endpoint)
	fmt.Fprintf(out, "export AWS_ENDPOINT_URL=%s AWSDEPLOY_CLOCK=%s\n", endpoint, scaled)
	fmt.Fprintf(out, "export AWS_ACCESS_KEY_ID=emulated AWS_SECRET_ACCESS_KEY=emulated AWS_REGION=%[1]s AWS_DEFAULT_REGION=%[1]s AWS_EC2_METADATA_DISABLED=true\n", *region)

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		return server.Close() // a call under way does not hold the end up
	}
	return nil
}

// begin is the account's clock, which a provider in another process can share.
func begin(speed float64, epoch string) (clock.Scaled, error) {
	if !(speed > 0) {
		return clock.Scaled{}, fmt.Errorf("-speed %g: must be above 0", speed)
	}
	now := clock.System{}.Now().UTC()
	start := now
	if epoch != "" {
		var err error
		if start, err = time.Parse(time.RFC3339, epoch); err != nil {
			return clock.Scaled{}, fmt.Errorf("-epoch: %w", err)
		}
	}
	return clock.Scaled{Real: now, Epoch: start, Speed: speed}, nil
}

// listen listens where nobody but this machine can call. No signature is ever
// computed, so whoever could call would be believed.
func listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%q is no loopback address: write 127.0.0.1, ::1 or localhost and a port", addr)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	// A hosts file may say anything of localhost.
	if at, ok := listener.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
		_ = listener.Close()
		return nil, fmt.Errorf("%q is no loopback address here", addr)
	}
	return listener, nil
}
