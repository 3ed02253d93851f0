package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func variables(values map[string]string) environment {
	return func(name string) string { return values[name] }
}

// answer asks a handler and returns status, body and headers.
func answer(t *testing.T, handler http.Handler, path string, header http.Header) (int, string, http.Header) {
	t.Helper()
	request := httptest.NewRequest("GET", path, nil)
	for name, values := range header {
		request.Header[name] = values
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	text, _ := io.ReadAll(recorder.Body)
	return recorder.Code, string(text), recorder.Header()
}

func compact(text string) string {
	return strings.Join(strings.Fields(text), "")
}

// served starts a handler and returns its host and port.
func served(t *testing.T, handler http.HandlerFunc) (string, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	host, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	return host, port
}

func TestAppIsTheArgumentOrTheForum(t *testing.T) {
	for arguments, want := range map[string]string{"/bin/apps webapp": "webapp", "/bin/apps catalog": "catalog", "/usr/local/bin/forum": "forum"} {
		if got, err := appOf(strings.Fields(arguments)); err != nil || got.address != apps[want].address {
			t.Errorf("appOf(%s) = %v, %v; want %s", arguments, got, err, want)
		}
	}
	_, err := appOf([]string{"/bin/apps", "shop"})
	want := `service "shop" given, one of catalog, details-v1, forum, productpage-v1, ratings-v1, reviews-v1, reviews-v2, reviews-v3, simple-backend, webapp wanted`
	if err == nil || err.Error() != want {
		t.Errorf("appOf(shop) fails with %v, want %s", err, want)
	}
}

func TestCatalogAnswersAsTheOriginal(t *testing.T) {
	first := `{"id":1,"color":"amber","department":"Eyewear","name":"ElinorGlasses","price":"282.00"}`
	last := `{"id":4,"color":"red","department":"Watches","name":"RedDragonWatch","price":"232.00"}`
	rows := []struct {
		path   string
		status int
		want   string
	}{
		{"/items/1", 200, first},
		{"/items/4", 200, last},
		{"/items/4/", 200, last},
		{"/items/5", 404, "{}"},
		{"/items/0", 404, "{}"},
		{"/nothing", 404, "404pagenotfound"},
	}
	handler := newCatalog(variables(nil))
	for _, row := range rows {
		if status, body, _ := answer(t, handler, row.path, nil); status != row.status || compact(body) != row.want {
			t.Errorf("%s = %d %s, want %d %s", row.path, status, body, row.status, row.want)
		}
	}
	if _, body, _ := answer(t, handler, "/items", nil); !strings.HasPrefix(compact(body), "["+first+",") || !strings.HasSuffix(compact(body), ","+last+"]") {
		t.Errorf("/items = %s, want all four", body)
	}
}

func TestForumServesTenUsersOfItsOwn(t *testing.T) {
	handler := newForum(variables(nil))
	status, body, _ := answer(t, handler, "/api/users", nil)
	var got []map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 || len(got) != 10 {
		t.Fatalf("/api/users = %d with %d users, %v; want 200 with 10", status, len(got), err)
	}
	for _, field := range []string{"id", "name", "username", "email", "address", "phone", "website", "company"} {
		if got[9][field] == nil {
			t.Errorf("user 10 has no %s: %v", field, got[9])
		}
	}
	if status, body, _ := answer(t, handler, "/api/healthz", nil); status != 200 || body != "" {
		t.Errorf("/api/healthz = %d %q, want an empty 200", status, body)
	}
}

// storeAt are the variables of a webapp whose catalog and forum are at one address.
func storeAt(host, port string) environment {
	return variables(map[string]string{
		"CATALOG_SERVICE_HOST": host, "CATALOG_SERVICE_PORT": port, "FORUM_SERVICE_HOST": host, "FORUM_SERVICE_PORT": port,
	})
}

func TestWebappAsksCatalogAndForum(t *testing.T) {
	var last http.Header
	handler := newWebapp(storeAt(served(t, func(w http.ResponseWriter, r *http.Request) {
		last = r.Header
		io.WriteString(w, `{"path":"`+r.URL.Path+`"}`)
	})))
	for path, asked := range map[string]string{
		"/api/catalog": "/items", "/api/catalog/": "/items", "/api/catalog/items/3": "/items/3", "/api/catalog/items/3/": "/items/3", "/api/users": "/api/users",
	} {
		header := http.Header{"X-Request-Id": {"r"}, "X-B3-Traceid": {"t"}, "Baggage": {"b"}, "User-Agent": {"curl"}, "Connection": {"close"}}
		if status, body, _ := answer(t, handler, path, header); status != 200 || body != `{"path":"`+asked+`"}` {
			t.Errorf("%s = %d %s, want 200 and that %s was asked", path, status, body, asked)
		}
		for name, want := range map[string]string{"X-Request-Id": "r", "X-B3-Traceid": "t", "Baggage": "b", "User-Agent": "beegoServer", "Connection": ""} {
			if got := last.Get(name); got != want {
				t.Errorf("%s handed on %s %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestWebappFailsWithTheOriginalsWords(t *testing.T) {
	rows := map[string]string{
		"/api/catalog":         "error calling Catalog service",
		"/api/catalog/items/1": "error calling Catalog service",
		"/api/users":           "error calling Forum service",
	}
	failing := storeAt(served(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }))
	for _, get := range []environment{failing, storeAt("127.0.0.1", "1")} {
		for path, want := range rows {
			if status, body, _ := answer(t, newWebapp(get), path, nil); status != 500 || body != want {
				t.Errorf("%s = %d %s, want 500 %s", path, status, body, want)
			}
		}
	}
}

func TestWebappIsHealthyAndHasAPage(t *testing.T) {
	handler := newWebapp(variables(nil))
	if status, body, _ := answer(t, handler, "/api/healthz", nil); status != 200 || body != "Healthy!" {
		t.Errorf("/api/healthz = %d %s", status, body)
	}
	if status, body, _ := answer(t, handler, "/", nil); status != 200 || !strings.Contains(body, "api/catalog") {
		t.Errorf("/ = %d %s", status, body)
	}
}

func TestBackendSaysWhoItIsAndTakesItsTime(t *testing.T) {
	handler := newBackend(variables(map[string]string{"NAME": "simple-backend-west", "MESSAGE": "Hello from WEST", "TIMING_50_PERCENTILE": "40ms", "TIMING_VARIANCE": "5ms"}))
	started := time.Now()
	status, body, _ := answer(t, handler, "/", nil)
	if took := time.Since(started); took < 35*time.Millisecond {
		t.Errorf("/ took %s, want at least 35 ms", took)
	}
	var got call
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if status != 200 || got.Name != "simple-backend-west" || got.Body != "Hello from WEST" || got.Code != 200 || got.Type != "HTTP" || got.URI != "/" {
		t.Errorf("/ = %d %+v", status, got)
	}
}

func TestBackendFailsAsOftenAsItIsTold(t *testing.T) {
	handler := newBackend(variables(map[string]string{"ERROR_RATE": "1"}))
	if status, body, _ := answer(t, handler, "/", nil); status != 500 || !strings.Contains(body, `"code": 500`) || strings.Contains(body, `"body"`) {
		t.Errorf("/ = %d %s, want 500 without a body", status, body)
	}
}
