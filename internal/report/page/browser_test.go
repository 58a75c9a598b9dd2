package page

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// required is the variable that makes a missing browser a failure: where everything is checked, nothing is left out silently.
const required = "LOADFRAME_REQUIRE_BROWSER"

// browser is a browser without any way out but a proxy that answers nobody and writes down who asked.
type browser struct {
	ctx   context.Context
	mu    sync.Mutex
	asked []string // of the proxy
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	switch {
	case path == "" && os.Getenv(required) != "":
		t.Fatalf("no browser found (chromium, google-chrome), and %s is set", required)
	case path == "":
		t.Skip("no browser found (chromium, google-chrome): the page is not looked at")
	}
	b := &browser{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.asked = append(b.asked, r.Method+" "+r.Host+" "+r.URL.String())
		b.mu.Unlock()
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(proxy.Close)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ProxyServer(proxy.URL),
		chromedp.WSURLReadTimeout(5*time.Minute)) // a browser that starts on a busy machine takes its time
	for _, flag := range []string{"disable-quic", "disable-component-update", "disable-domain-reliability", "no-pings"} {
		opts = append(opts, chromedp.Flag(flag, true))
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	b.ctx = ctx
	return b
}

// tab is an open page, with all that the browser complained of and asked for.
type tab struct {
	*testing.T
	ctx      context.Context
	mu       sync.Mutex
	told     []string // by the console
	requests []string
}

// open shows the page at address in a tab of its own, width pixels wide.
func (b *browser) open(t *testing.T, address string, width int64) *tab {
	t.Helper()
	p := &tab{T: t}
	ctx, stop := chromedp.NewContext(b.ctx, chromedp.WithListener(p.note))
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
		t.Fatal(err)
	}
	ctx, stop = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(stop)
	p.ctx = ctx
	p.do(chromedp.Navigate(address))
	return p
}

// write puts a page into a file and returns its address.
func write(t *testing.T, docs ...Document) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Write(f, docs...); err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

func (p *tab) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		p.told = append(p.told, fmt.Sprintf("console: %s", e.Type))
	case *runtime.EventExceptionThrown:
		p.told = append(p.told, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		p.told = append(p.told, fmt.Sprintf("%s: %s", e.Entry.Level, e.Entry.Text))
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	}
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

// eval returns what an expression is in the page. The page's policy does not bind the debugger.
func eval[V any](p *tab, expression string) V {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[V](expression))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return v
}

// media sets what style sheets may ask for.
func (p *tab) media(kind, scheme string) {
	p.Helper()
	p.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind,
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return chromedp.Void{}, err
	})
}

// quiet checks that the page asked for nothing but itself and that the browser had nothing to say.
func (p *tab) quiet(b *browser) {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.requests) != 1 {
		p.Errorf("requests: %q, want that of the page alone", p.requests)
	}
	for _, told := range p.told {
		p.Errorf("the browser says %s", told)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, asked := range b.asked {
		if strings.Contains(asked, strange) {
			p.Errorf("the proxy was asked %s", asked)
		}
	}
}

// strange is a host that nothing but a page that was taken in would ask for.
const strange = "strange.invalid"

// The instruments see what they are there to see: a page that asks for an image and complains is noticed in every place.
func testInstruments(t *testing.T, b *browser) {
	path := filepath.Join(t.TempDir(), "loud.html")
	text := `<!DOCTYPE html><img src="http://` + strange + `/x.png"><script>console.error("loud");throw new Error("thrown")</script>`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := b.open(t, "file://"+path, 800)
	var told, requests string
	lacks := func() string {
		p.mu.Lock()
		defer p.mu.Unlock()
		told, requests = strings.Join(p.told, "\n"), strings.Join(p.requests, "\n")
		for _, want := range []string{"console: error", "exception: Uncaught", "error: Failed to load resource"} {
			if !strings.Contains(told, want) {
				return want
			}
		}
		return ""
	}
	for deadline := time.Now().Add(time.Minute); lacks() != ""; time.Sleep(time.Millisecond) { // the page may be there before all of that is told
		if time.Now().After(deadline) {
			t.Fatalf("%q is not in what the browser said: %s", lacks(), told)
		}
	}
	if !strings.Contains(requests, strange) {
		t.Errorf("no request for %s among %s", strange, requests)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if asked := strings.Join(b.asked, "\n"); !strings.Contains(asked, strange) {
		t.Errorf("the proxy was not asked for %s: %s", strange, asked)
	}
	b.asked = nil
}

// A page that is served is all that is asked of the server: no icon, no map, no second request.
func testServed(t *testing.T, b *browser) {
	var mu sync.Mutex
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		w.Header().Set("Content-Type", "text/html")
		_ = Write(w, Document{Body: sampleOpen()})
	}))
	t.Cleanup(s.Close)
	p := b.open(t, s.URL+"/page.html", 1000)
	eval[bool](p, "document.fonts.ready.then(()=>true)!==null")
	p.quiet(b)
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 1 {
		t.Errorf("the server was asked for %q", asked)
	}
}
