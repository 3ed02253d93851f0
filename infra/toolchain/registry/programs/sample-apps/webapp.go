package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"
)

// userAgent is what the original's framework calls itself; the access logs of the notes show it.
const userAgent = "beegoServer"

// ownHeaders belong to one connection or are set by the client: they are not handed on.
var ownHeaders = []string{"Accept-Encoding", "Connection", "Content-Length", "Host", "Keep-Alive", "Te", "Transfer-Encoding", "Upgrade", "User-Agent"}

// webapp is the front of the cool store: it asks catalog and forum.
type webapp struct {
	catalog string
	forum   string
	client  *http.Client
}

func newWebapp(get environment) http.Handler {
	namespace := get.or("KUBERNETES_NAMESPACE", "istioinaction")
	w := &webapp{
		catalog: "http://" + get.or("CATALOG_SERVICE_HOST", "catalog."+namespace) + ":" + get.or("CATALOG_SERVICE_PORT", "80"),
		forum:   "http://" + get.or("FORUM_SERVICE_HOST", "forum."+namespace) + ":" + get.or("FORUM_SERVICE_PORT", "80"),
		client:  &http.Client{Timeout: 30 * time.Second},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", page)
	mux.HandleFunc("GET /api/healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "Healthy!") })
	mux.HandleFunc("GET /api/catalog", w.relay("Catalog", func(*http.Request) string { return w.catalog + "/items" }))
	mux.HandleFunc("GET /api/catalog/items/{id}", w.relay("Catalog", func(r *http.Request) string { return w.catalog + "/items/" + r.PathValue("id") }))
	mux.HandleFunc("POST /api/catalog/items", w.relay("Catalog", func(*http.Request) string { return w.catalog + "/items" }))
	mux.HandleFunc("GET /api/users", w.relay("Forum", func(*http.Request) string { return w.forum + "/api/users" }))
	return anySlash(mux)
}

// relay asks a service with the headers of the request and hands its answer on; whatever goes wrong there is a 500 here.
func (w *webapp) relay(service string, address func(*http.Request) string) http.HandlerFunc {
	return func(out http.ResponseWriter, in *http.Request) {
		body, status, err := w.ask(in, address(in))
		if err != nil || status >= http.StatusBadRequest {
			writeText(out, http.StatusInternalServerError, fmt.Sprintf("error calling %s service", service))
			return
		}
		out.Header().Set("Content-Type", "application/json; charset=utf-8")
		out.WriteHeader(http.StatusOK)
		out.Write(body)
	}
}

func (w *webapp) ask(in *http.Request, address string) ([]byte, int, error) {
	sent, err := io.ReadAll(io.LimitReader(in.Body, 1<<20))
	if err != nil {
		return nil, 0, err
	}
	request, err := http.NewRequestWithContext(in.Context(), in.Method, address, bytes.NewReader(sent))
	if err != nil {
		return nil, 0, err
	}
	request.Header = in.Header.Clone()
	for _, name := range ownHeaders {
		request.Header.Del(name)
	}
	request.Header.Set("User-Agent", userAgent)
	response, err := w.client.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return body, response.StatusCode, err
}

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Cool store</title></head>
<body><h1>Cool store</h1><ul id="items"></ul>
<script>
fetch("api/catalog").then((answer) => answer.json()).then((items) => {
  for (const item of items) {
    const line = document.createElement("li");
    line.textContent = item.name + ", " + item.department + ": " + item.price;
    document.getElementById("items").append(line);
  }
});
</script></body></html>
`)
}
