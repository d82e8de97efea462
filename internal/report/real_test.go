//go:build linux

package report_test

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/realparts"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/report"
)

// browse opens a page in a real browser, without a network.
func browse(t *testing.T, width int64, scheme, page string, actions ...chromedp.Action) (shot []byte) {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(realparts.Tool(t, "chromium")),
		chromedp.NoSandbox, chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"))
	browser, stop := chromedp.NewExecAllocator(t.Context(), options...)
	defer stop()
	ctx, cancel := chromedp.NewContext(browser)
	defer cancel()
	ctx, done := context.WithTimeout(ctx, 2*time.Minute)
	defer done()
	all := []chromedp.Action{
		chromedp.EmulateViewport(width, 900),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.Navigate("file://" + page),
		chromedp.WaitVisible("h1", chromedp.ByQuery),
	}
	all = append(all, actions...)
	if err := chromedp.Run(ctx, append(all, chromedp.FullScreenshot(&shot, 100))...); err != nil {
		t.Fatalf("%s, %d wide, %s: %v", page, width, scheme, err)
	}
	return shot
}

// TestReal_pageInABrowser looks at the page as people do: wide and on a phone,
// in light and dark, and as a screen reader does.
func TestReal_pageInABrowser(t *testing.T) {
	realparts.Wanted(t)
	page := filepath.Join(release(t, t.TempDir(), true).Dir(), report.PageFile)
	background := map[string]string{}
	for _, look := range []struct {
		width  int64
		scheme string
	}{{1200, "light"}, {1200, "dark"}, {360, "light"}, {360, "dark"}} {
		var text, colour, title string
		var overflow, polygons, scripts int
		var tree accessible
		shot := browse(t, look.width, look.scheme, page,
			chromedp.Title(&title),
			chromedp.Text("body", &text, chromedp.ByQuery),
			chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &colour),
			chromedp.Evaluate(`document.documentElement.scrollWidth - window.innerWidth`, &overflow),
			chromedp.Evaluate(`[...document.querySelectorAll("polygon")].filter(p => p.getBoundingClientRect().width > 100).length`, &polygons),
			chromedp.Evaluate(`document.querySelectorAll("script").length`, &scripts),
			chromedp.ActionFunc(func(ctx context.Context) error {
				return cdp.Execute(ctx, "Accessibility.getFullAXTree", nil, &tree)
			}),
		)
		background[look.scheme] = colour
		for _, want := range []string{"shop-web", "rolled back", "lt-1:8", "stopped here", "not reached", "alarm shop-5xx fired", "<script>", "fewest allowed"} {
			if !strings.Contains(text, want) {
				t.Errorf("%d wide, %s: the page does not show %q", look.width, look.scheme, want)
			}
		}
		if overflow > 0 {
			t.Errorf("%d wide: the page is %d pixels too wide", look.width, overflow)
		}
		if polygons != 2 || scripts != 0 {
			t.Errorf("%d versions are drawn, and %d scripts are in the page; want 2 and none", polygons, scripts)
		}
		if title != "rolled back · shop-web" {
			t.Errorf("the tab says %q", title)
		}
		readable(t, tree)
		coloured(t, shot)
		keep(t, shot, look.scheme, look.width)
	}
	if background["light"] == background["dark"] {
		t.Errorf("light and dark are both %s", background["light"])
	}
}

// accessible is what a browser tells a screen reader, as far as the test asks:
// the whole of it has names that each browser version adds to.
type accessible struct {
	Nodes []struct {
		Ignored bool            `json:"ignored"`
		Role    accessibleValue `json:"role"`
		Name    accessibleValue `json:"name"`
	} `json:"nodes"`
}

type accessibleValue struct {
	Value any `json:"value"`
}

// readable asserts what a screen reader is told: headings, pictures with names,
// a table, and a status.
func readable(t *testing.T, tree accessible) {
	t.Helper()
	var told []string
	for _, n := range tree.Nodes {
		if !n.Ignored {
			told = append(told, fmt.Sprintf("%v: %v", n.Role.Value, n.Name.Value))
		}
	}
	all := strings.Join(told, "\n")
	for _, want := range []string{"heading: Steps", "image: Share of each version over time", "image: Members in service over time",
		"columnheader: shares", "heading: Why it ended so"} {
		if !strings.Contains(all, want) {
			t.Errorf("a screen reader is not told %s; it is told\n%s", want, all)
		}
	}
}

// coloured asserts that the picture shows something: many pixels in the new
// version's blue.
func coloured(t *testing.T, shot []byte) {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	blue := 0
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			if r, g, b, _ := picture.At(x, y).RGBA(); b > r+0x4000 && b > g+0x2000 {
				blue++
			}
		}
	}
	if blue < 2000 {
		t.Errorf("the screenshot has %d blue pixels: the new version's share is not drawn", blue)
	}
}

// keep leaves the screenshot where somebody asked for it.
func keep(t *testing.T, shot []byte, scheme string, width int64) {
	t.Helper()
	dir := os.Getenv("AWSDEPLOY_SCREENSHOTS")
	if dir == "" {
		return
	}
	name := filepath.Join(dir, strings.Join([]string{"report", scheme, map[bool]string{true: "phone", false: "wide"}[width < 500]}, "-")+".png")
	if err := os.WriteFile(name, shot, 0o644); err != nil {
		t.Error(err)
	}
}
