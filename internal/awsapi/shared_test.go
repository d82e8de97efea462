package awsapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// fetcher answers with each name's length and records what it was asked.
type fetcher struct {
	mu    sync.Mutex
	asked [][]string
	fail  []error // for the first calls
}

func (f *fetcher) fetch(_ context.Context, names []string) (map[string]int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, slices.Sorted(slices.Values(names)))
	if n := len(f.asked); n <= len(f.fail) {
		return nil, f.fail[n-1]
	}
	found := map[string]int{}
	for _, name := range names {
		if !strings.HasPrefix(name, "no") {
			found[name] = len(name)
		}
	}
	return found, nil
}

// together runs n workers of one clock, all joined before any begins.
func together(clk clock.Clock, n int, work func(i int)) {
	var done sync.WaitGroup
	var leaves []func()
	for range n {
		leaves = append(leaves, clk.Join())
	}
	for i := range n {
		done.Add(1)
		go func() {
			defer done.Done()
			defer leaves[i]()
			work(i)
		}()
	}
	done.Wait()
}

func TestShared_gathersReadsOfOneMoment(t *testing.T) {
	for _, n := range []int{1, 2, 50} {
		t.Run(fmt.Sprint(n, " readers"), func(t *testing.T) {
			clk, f := clock.NewVirtual(epoch), &fetcher{}
			s := &shared[int]{clock: clk, fetch: f.fetch}
			together(clk, n, func(i int) {
				mine := []string{fmt.Sprintf("group-%02d", i%10), "nothing"}
				for range 3 {
					found, err := s.get(t.Context(), mine...)
					if err != nil || !maps.Equal(found, map[string]int{mine[0]: 8}) {
						t.Errorf("reader %d found %v, %v", i, found, err)
					}
				}
			})
			if len(f.asked) != 3 || len(f.asked[0]) != min(n, 10)+1 {
				t.Errorf("%d calls, the first for %v; want 3, each for all names once", len(f.asked), f.asked[0])
			}
			if passed := clk.Now().Sub(epoch); passed != 3*gatherWindow {
				t.Errorf("took %v, want %v however many read", passed, 3*gatherWindow)
			}
		})
	}
}

func TestShared_triesAgain(t *testing.T) {
	throttled := &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded"}
	denied := &smithy.GenericAPIError{Code: "AccessDenied", Message: "no"}
	for name, c := range map[string]struct {
		fail  []error
		calls int
		want  error
	}{
		"throttled twice":             {[]error{throttled, throttled}, 3, nil},
		"an answer is lost":           {[]error{errors.New("connection reset")}, 2, nil},
		"the caller of all went away": {[]error{context.Canceled}, 2, nil},
		"denied":                      {[]error{denied}, 1, denied},
		"throttled for ever":          {slices.Repeat([]error{throttled}, sharedAttempts), sharedAttempts, throttled},
	} {
		t.Run(name, func(t *testing.T) {
			clk, f := clock.NewVirtual(epoch), &fetcher{fail: c.fail}
			s := &shared[int]{clock: clk, fetch: f.fetch}
			together(clk, 2, func(int) {
				found, err := s.get(t.Context(), "a")
				if !errors.Is(err, c.want) || err == nil && found["a"] != 1 {
					t.Errorf("found %v, error %v; want error %v", found, err, c.want)
				}
			})
			if len(f.asked) != c.calls {
				t.Errorf("%d calls, want %d", len(f.asked), c.calls)
			}
		})
	}
}

func TestShared_hearsItsContext(t *testing.T) {
	clk, f := clock.NewVirtual(epoch), &fetcher{}
	s := &shared[int]{clock: clk, fetch: f.fetch}
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("terraform is gone")
	cancel(gone)
	if _, err := s.get(ctx, "a"); !errors.Is(err, gone) {
		t.Errorf("error %v, want the context's cause", err)
	}
	if len(f.asked) != 0 {
		t.Error("asked AWS after the end")
	}
	if found, err := s.get(t.Context(), "b"); err != nil || found["b"] != 1 {
		t.Errorf("the next reader found %v, %v", found, err)
	}
}

func TestDescribe(t *testing.T) {
	refused := &smithy.OperationError{ServiceID: "EC2", OperationName: "DescribeImages",
		Err: fmt.Errorf("https response error StatusCode: 400, RequestID: 1-2-3: %w", &smithy.GenericAPIError{Code: "InvalidAMIID.NotFound", Message: "The image id '[ami-1]' does not exist"})}
	for want, err := range map[string]error{
		"": nil,
		"EC2 DescribeImages: InvalidAMIID.NotFound: The image id '[ami-1]' does not exist":                    refused,
		"reading AMI ami-1: EC2 DescribeImages: InvalidAMIID.NotFound: The image id '[ami-1]' does not exist": fmt.Errorf("reading AMI ami-1: %w", refused),
		"group \"web\": not found": fmt.Errorf("group %q: %w", "web", ErrNotFound),
	} {
		if got := Describe(err); got != want {
			t.Errorf("described as %q, want %q", got, want)
		}
	}
	if !IsNotFound(refused) || IsThrottled(refused) || IsAccessDenied(refused) || IsLost(refused) || Code(refused) != "InvalidAMIID.NotFound" {
		t.Error("the refusal's kind is told wrongly")
	}
}
