package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

func TestRunServesUntilItIsEnded(t *testing.T) {
	ctx, end := context.WithCancel(context.Background())
	defer end()
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-addr", "127.0.0.1:0", "-speed", "60", "-epoch", "2026-03-01T12:00:00Z"}, writer)
		writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	var printed strings.Builder
	for range 3 {
		lines.Scan()
		printed.WriteString(lines.Text() + "\n")
	}
	m := regexp.MustCompile(`export AWS_ENDPOINT_URL=(\S+) AWSDEPLOY_CLOCK=(\S+)`).FindStringSubmatch(printed.String())
	if m == nil {
		t.Fatalf("printed %q", printed.String())
	}
	shared, err := clock.Parse(m[2])
	if err != nil {
		t.Fatal(err)
	}
	if age := shared.Now().Sub(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)); age < 0 || age > time.Hour {
		t.Errorf("the printed clock is %s from the epoch", age)
	}
	rq, err := http.NewRequest(http.MethodPost, m[1], strings.NewReader("Action=GetCallerIdentity&Version=2011-06-15"))
	if err != nil {
		t.Fatal(err)
	}
	rq.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rq.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=emulated/20260301/eu-west-1/sts/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(rq)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || !strings.Contains(string(body), "<Account>123456789012</Account>") {
		t.Errorf("the answer is %s (%v)", body, err)
	}
	http.DefaultClient.CloseIdleConnections()
	end()
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
	if conn, err := net.Dial("tcp", strings.TrimPrefix(m[1], "http://")); err == nil {
		conn.Close()
		t.Error("the port still answers")
	}
}

func TestRunRefusesBadFlags(t *testing.T) {
	for _, args := range [][]string{{"-speed", "0"}, {"-speed", "-1"}, {"-epoch", "noon"}, {"-addr", "127.0.0.1:no"},
		{"-addr", ":0"}, {"-addr", "0.0.0.0:0"}, {"-addr", "[::]:0"}, {"-addr", "192.0.2.1:0"}, {"-addr", "example.com:0"}, {"-addr", "4566"}} {
		if err := run(context.Background(), args, io.Discard); err == nil {
			t.Errorf("%v is accepted", args)
		}
	}
}

// TestListen checks that only this machine can call.
func TestListen(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "localhost:0"} {
		l, err := listen(addr)
		if err != nil {
			t.Fatal(err)
		}
		if at, ok := l.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
			t.Errorf("%s listens at %s", addr, l.Addr())
		}
		l.Close()
	}
}
