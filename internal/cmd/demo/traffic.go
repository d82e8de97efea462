package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// traffic is the shop's users: one asks the load balancer's healthy targets in
// turn, another one invokes the function's alias.
type traffic struct {
	cloud  *cloud
	cancel context.CancelFunc
	users  sync.WaitGroup
	turn   int

	mu       sync.Mutex
	web, api map[string]int // answers by version
	failures []string
}

// Users ask so often.
const (
	webInterval = 10 * time.Millisecond
	apiInterval = 50 * time.Millisecond
)

func (t *traffic) start(ctx context.Context) {
	ctx, t.cancel = context.WithCancel(ctx)
	t.users.Go(func() { t.loop(ctx, webInterval, t.visit) })
	t.users.Go(func() { t.loop(ctx, apiInterval, t.invoke) })
}

func (t *traffic) stop() {
	if t.cancel != nil {
		t.cancel()
		t.users.Wait()
	}
}

func (t *traffic) loop(ctx context.Context, every time.Duration, ask func(context.Context)) {
	for (clock.System{}).Sleep(ctx, every) == nil {
		ask(ctx)
	}
}

// healthy are the addresses of the targets that the load balancer would use.
func (c *cloud) healthy() []string {
	out, err := c.call("elbv2", "DescribeTargetHealth", object{"TargetGroupArn": c.targetGroup})
	if err != nil {
		return nil
	}
	var found []string
	for _, t := range out.objects("TargetHealthDescriptions") {
		if t.object("TargetHealth").text("State") == "healthy" {
			found = append(found, c.aws.InstanceAddress(region, t.object("Target").text("Id")))
		}
	}
	return found
}

func (t *traffic) visit(ctx context.Context) {
	targets := t.cloud.healthy()
	if len(targets) == 0 {
		t.count(ctx, t.web, "", fmt.Errorf("web: no healthy target"))
		return
	}
	t.turn++
	version, _, err := ask(ctx, targets[t.turn%len(targets)])
	t.count(ctx, t.web, version, err)
}

// ask is what an instance says of itself: "shop v2 from registry/shop@sha256:…".
func ask(ctx context.Context, address string) (version, image string, err error) {
	rq, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/", nil)
	if err != nil {
		return "", "", err
	}
	resp, err := http.DefaultClient.Do(rq)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", "", err
	}
	words := strings.Fields(string(body))
	if resp.StatusCode != http.StatusOK || len(words) != 4 {
		return "", "", fmt.Errorf("%s answers %s: %s", address, resp.Status, body)
	}
	return words[1], words[3], nil
}

func (t *traffic) invoke(ctx context.Context) {
	version, err := t.cloud.invoke()
	t.count(ctx, t.api, version, err)
}

// invoke asks the function through its alias.
func (c *cloud) invoke() (version string, err error) {
	out, err := c.call("lambda", "Invoke", object{"FunctionName": functionName, "Qualifier": aliasName, "Payload": []byte(`{"ping":true}`)})
	if err != nil {
		return "", err
	}
	body, _ := out["Payload"].([]byte)
	var answer struct{ Version string }
	if err := json.Unmarshal(body, &answer); err != nil || out.text("FunctionError") != "" || answer.Version == "" {
		return "", fmt.Errorf("%s:%s answers %s %s", functionName, aliasName, out.text("FunctionError"), body)
	}
	return answer.Version, nil
}

func (t *traffic) count(ctx context.Context, counts map[string]int, version string, err error) {
	if ctx.Err() != nil {
		return // the demo is over, not the shop
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.failures = append(t.failures, err.Error())
		return
	}
	counts[version]++
}
