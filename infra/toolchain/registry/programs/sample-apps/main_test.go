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

func TestRoleComesFromArgumentThenVariableThenName(t *testing.T) {
	rows := []struct {
		arguments []string
		variable  string
		want      string
		fails     bool
	}{
		{[]string{"/usr/local/bin/sample-apps", "webapp"}, "catalog", "webapp", false},
		{[]string{"/usr/local/bin/sample-apps"}, "catalog", "catalog", false},
		{[]string{"/usr/bin/simple-backend"}, "", "simple-backend", false},
		{[]string{"/usr/local/bin/forum"}, "", "forum", false},
		{[]string{"/usr/local/bin/sample-apps", "reviews", "v2"}, "", "reviews", false},
		{[]string{"/opt/anything"}, "", "forum", false},
		{[]string{"/opt/anything", "shop"}, "", "", true},
	}
	for _, row := range rows {
		got, err := roleOf(row.arguments, variables(map[string]string{"SAMPLE_APP": row.variable}))
		if got != row.want || (err != nil) != row.fails {
			t.Errorf("roleOf(%v, %q) = %q, %v; want %q", row.arguments, row.variable, got, err, row.want)
		}
	}
}

func TestRoleNamesTheServicesThatThereAre(t *testing.T) {
	_, err := roleOf([]string{"/opt/anything", "shop"}, variables(nil))
	want := `service "shop" given, one of catalog, details, forum, productpage, ratings, reviews, simple-backend, webapp wanted`
	if err == nil || err.Error() != want {
		t.Errorf("roleOf(shop) fails with %v, want %s", err, want)
	}
}

func TestVersionComesFromVariableThenSecondArgument(t *testing.T) {
	rows := []struct {
		arguments      []string
		variable, want string
	}{
		{[]string{"sample-apps", "reviews", "v2"}, "", "v2"},
		{[]string{"sample-apps", "reviews", "v2"}, "v3", "v3"},
		{[]string{"sample-apps", "reviews"}, "v3", "v3"},
		{[]string{"sample-apps", "reviews"}, "", ""},
	}
	for _, row := range rows {
		get := withVersion(row.arguments, variables(map[string]string{"SERVICE_VERSION": row.variable}))
		if got := get("SERVICE_VERSION"); got != row.want || get("HOSTNAME") != "" {
			t.Errorf("withVersion(%v, %q) = %q, want %q", row.arguments, row.variable, got, row.want)
		}
	}
}

// answer asks a handler and returns status, body and headers.
func answer(t *testing.T, handler http.Handler, method, path, body string, header http.Header) (int, string, http.Header) {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
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

func TestCatalogAnswersAsTheOriginal(t *testing.T) {
	rows := []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/items/1", "", 200, `{"id":1,"color":"amber","department":"Eyewear","name":"ElinorGlasses","price":"282.00"}`},
		{"GET", "/items/4", "", 200, `{"id":4,"color":"red","department":"Watches","name":"RedDragonWatch","price":"232.00"}`},
		{"GET", "/items/4/", "", 200, `{"id":4,"color":"red","department":"Watches","name":"RedDragonWatch","price":"232.00"}`},
		{"GET", "/items/9", "", 404, `{}`},
		{"POST", "/items", `{"name":"Hat","price":"9.00"}`, 201, `{"id":5,"color":"","department":"","name":"Hat","price":"9.00"}`},
		{"GET", "/items/5", "", 200, `{"id":5,"color":"","department":"","name":"Hat","price":"9.00"}`},
		{"POST", "/items", `no JSON`, 400, ""},
		{"GET", "/nothing", "", 404, ""},
	}
	handler := newCatalog(variables(nil))
	for _, row := range rows {
		status, body, _ := answer(t, handler, row.method, row.path, row.body, nil)
		if status != row.status || (row.want != "" && compact(body) != row.want) {
			t.Errorf("%s %s = %d %s, want %d %s", row.method, row.path, status, body, row.status, row.want)
		}
	}
	_, body, _ := answer(t, newCatalog(variables(map[string]string{"SHOW_IMAGE": "true"})), "GET", "/items/1", "", nil)
	if !strings.Contains(body, `"imageUrl"`) {
		t.Errorf("with SHOW_IMAGE, /items/1 = %s, want an imageUrl", body)
	}
}

func TestCatalogMakesTroubleUntilItIsToldToEnd(t *testing.T) {
	handler := newCatalog(variables(nil))
	answer(t, handler, "POST", "/blowup", `{"type":"500"}`, nil)
	if status, _, _ := answer(t, handler, "GET", "/items", "", nil); status != 500 {
		t.Errorf("/items = %d after a blow-up of type 500, want 500", status)
	}
	answer(t, handler, "POST", "/blowup", `{"type":"latency","latencyMs":60}`, nil)
	started := time.Now()
	if status, _, _ := answer(t, handler, "GET", "/items", "", nil); status != 200 || time.Since(started) < 60*time.Millisecond {
		t.Errorf("/items = %d after %s, want 200 after 60 ms", status, time.Since(started))
	}
	answer(t, handler, "DELETE", "/blowup", "", nil)
	if status, _, _ := answer(t, handler, "GET", "/items", "", nil); status != 200 {
		t.Errorf("/items = %d after the blow-up ended, want 200", status)
	}
	if _, body, _ := answer(t, handler, "GET", "/blowup", "", nil); !strings.Contains(body, `"type": ""`) {
		t.Errorf("/blowup = %s after its end", body)
	}
}

func TestCatalogDropsConnections(t *testing.T) {
	server := httptest.NewServer(newCatalog(variables(nil)))
	defer server.Close()
	if _, err := http.Post(server.URL+"/blowup", "application/json", strings.NewReader(`{"type":"drop"}`)); err != nil {
		t.Fatal(err)
	}
	if response, err := http.Get(server.URL + "/items"); err == nil {
		t.Errorf("/items = %d, want a dropped connection", response.StatusCode)
	}
}

func TestForumServesTenUsersOfItsOwn(t *testing.T) {
	handler := newForum(variables(nil))
	status, body, _ := answer(t, handler, "GET", "/api/users", "", nil)
	var got []map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 || len(got) != 10 {
		t.Fatalf("/api/users = %d with %d users, %v; want 200 with 10", status, len(got), err)
	}
	for _, field := range []string{"id", "name", "username", "email", "address", "phone", "website", "company"} {
		if got[0][field] == nil {
			t.Errorf("user 1 has no %s: %v", field, got[0])
		}
	}
	if status, body, _ := answer(t, handler, "GET", "/api/healthz", "", nil); status != 200 || body != "" {
		t.Errorf("/api/healthz = %d %q, want an empty 200", status, body)
	}
}

func TestForumRelaysUsersWhereItIsToldTo(t *testing.T) {
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `[{"id":42}]`) }))
	handler := newForum(variables(map[string]string{"LOCAL_USERS": "false", "USERS_URL": source.URL}))
	if status, body, _ := answer(t, handler, "GET", "/api/users", "", nil); status != 200 || body != `[{"id":42}]` {
		t.Errorf("/api/users = %d %s, want the source's answer", status, body)
	}
	source.Close()
	if status, _, _ := answer(t, handler, "GET", "/api/users", "", nil); status != 500 {
		t.Errorf("/api/users = %d without its source, want 500", status)
	}
}

// upstream stands for catalog and forum and keeps the last request.
func upstream(t *testing.T, status int) (environment, *http.Request) {
	t.Helper()
	last := &http.Request{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*last = *r.Clone(r.Context())
		last.Body = io.NopCloser(strings.NewReader(string(body)))
		w.WriteHeader(status)
		io.WriteString(w, `{"path":"`+r.URL.Path+`"}`)
	}))
	t.Cleanup(server.Close)
	host, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	return variables(map[string]string{
		"CATALOG_SERVICE_HOST": host, "CATALOG_SERVICE_PORT": port, "FORUM_SERVICE_HOST": host, "FORUM_SERVICE_PORT": port,
	}), last
}

func TestWebappAsksCatalogAndForum(t *testing.T) {
	get, last := upstream(t, 200)
	handler := newWebapp(get)
	rows := []struct{ method, path, asked string }{
		{"GET", "/api/catalog", "/items"},
		{"GET", "/api/catalog/", "/items"},
		{"GET", "/api/catalog/items/3", "/items/3"},
		{"GET", "/api/catalog/items/3/", "/items/3"},
		{"POST", "/api/catalog/items", "/items"},
		{"GET", "/api/users", "/api/users"},
	}
	for _, row := range rows {
		header := http.Header{"X-Request-Id": {"r"}, "X-B3-Traceid": {"t"}, "Baggage": {"b"}, "User-Agent": {"curl"}, "Connection": {"close"}}
		status, body, _ := answer(t, handler, row.method, row.path, "sent", header)
		if want := `{"path":"` + row.asked + `"}`; status != 200 || body != want || last.Method != row.method {
			t.Errorf("%s %s = %d %s, want 200 %s", row.method, row.path, status, body, want)
		}
		for name, want := range map[string]string{"X-Request-Id": "r", "X-B3-Traceid": "t", "Baggage": "b", "User-Agent": "beegoServer", "Connection": ""} {
			if got := last.Header.Get(name); got != want {
				t.Errorf("%s %s handed on %s %q, want %q", row.method, row.path, name, got, want)
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
	failing, _ := upstream(t, 503)
	absent := variables(map[string]string{
		"CATALOG_SERVICE_HOST": "127.0.0.1", "CATALOG_SERVICE_PORT": "1", "FORUM_SERVICE_HOST": "127.0.0.1", "FORUM_SERVICE_PORT": "1",
	})
	for _, get := range []environment{failing, absent} {
		for path, want := range rows {
			if status, body, _ := answer(t, newWebapp(get), "GET", path, "", nil); status != 500 || body != want {
				t.Errorf("%s = %d %s, want 500 %s", path, status, body, want)
			}
		}
	}
}

func TestWebappIsHealthyAndHasAPage(t *testing.T) {
	handler := newWebapp(variables(nil))
	if status, body, _ := answer(t, handler, "GET", "/api/healthz", "", nil); status != 200 || body != "Healthy!" {
		t.Errorf("/api/healthz = %d %s", status, body)
	}
	if status, body, _ := answer(t, handler, "GET", "/", "", nil); status != 200 || !strings.Contains(body, "api/catalog") {
		t.Errorf("/ = %d %s", status, body)
	}
}

func TestBackendSaysWhoItIsAndTakesItsTime(t *testing.T) {
	handler := newBackend(variables(map[string]string{"NAME": "simple-backend-west", "MESSAGE": "Hello from WEST", "TIMING_50_PERCENTILE": "40ms", "TIMING_VARIANCE": "5ms"}))
	started := time.Now()
	status, body, _ := answer(t, handler, "GET", "/", "", nil)
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

func TestBackendFailsAsOftenAndAsItIsTold(t *testing.T) {
	handler := newBackend(variables(map[string]string{"ERROR_RATE": "1", "ERROR_CODE": "503"}))
	if status, body, _ := answer(t, handler, "GET", "/", "", nil); status != 503 || !strings.Contains(body, `"code": 503`) {
		t.Errorf("/ = %d %s, want 503", status, body)
	}
}

func TestBackendReportsWhatItsUpstreamsSaid(t *testing.T) {
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Request-Id") != "r" {
			t.Errorf("the upstream got no X-Request-Id")
		}
	}))
	defer good.Close()
	handler := newBackend(variables(map[string]string{"UPSTREAM_URIS": good.URL}))
	status, body, _ := answer(t, handler, "GET", "/", "", http.Header{"X-Request-Id": {"r"}})
	if status != 200 || !strings.Contains(body, good.URL) {
		t.Errorf("/ = %d %s, want 200 and the upstream's call", status, body)
	}
	handler = newBackend(variables(map[string]string{"UPSTREAM_URIS": "http://127.0.0.1:1"}))
	if status, body, _ := answer(t, handler, "GET", "/", "", nil); status != 500 || !strings.Contains(body, `"code": -1`) {
		t.Errorf("/ = %d %s, want 500 without its upstream", status, body)
	}
}
