package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// bookinfoAt are the variables that tell where services of Bookinfo are: service -> address of a test server, empty for none.
func bookinfoAt(addresses map[string]string, more map[string]string) environment {
	values := map[string]string{}
	for service, address := range addresses {
		host, port, _ := strings.Cut(strings.TrimPrefix(address, "http://"), ":")
		if address == "" {
			host, port = "127.0.0.1", "1"
		}
		values[service+"_HOSTNAME"], values[service+"_SERVICE_PORT"] = host, port
	}
	for name, value := range more {
		values[name] = value
	}
	return variables(values)
}

// served starts a handler and returns its address.
func served(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// shop starts details, ratings and reviews and returns the page in front of them.
func shop(t *testing.T, version string) http.Handler {
	t.Helper()
	ratings := served(t, newRatings(variables(nil)))
	reviews := newReviews(bookinfoAt(map[string]string{"RATINGS": ratings}, map[string]string{"SERVICE_VERSION": version, "HOSTNAME": "reviews-pod"}))
	return newProductpage(bookinfoAt(map[string]string{
		"DETAILS": served(t, newDetails(variables(nil))), "REVIEWS": served(t, reviews), "RATINGS": ratings,
	}, nil))
}

func TestBookinfoAddressIsBuiltFromVariables(t *testing.T) {
	rows := []struct {
		values map[string]string
		want   string
	}{
		{nil, "http://details:9080/details"},
		{map[string]string{"DETAILS_PORT": "tcp://10.96.1.2:9080", "DETAILS_SERVICE_PORT": "9081"}, "http://details:9081/details"},
		{map[string]string{"SERVICES_DOMAIN": "shop.svc"}, "http://details.shop.svc:9080/details"},
		{map[string]string{"DETAILS_HOSTNAME": "books"}, "http://books:9080/details"},
	}
	for _, row := range rows {
		if got := bookinfoAddress(variables(row.values), "details"); got != row.want {
			t.Errorf("bookinfoAddress(%v) = %s, want %s", row.values, got, row.want)
		}
	}
}

func TestBookinfoServicesAnswerAsTheOriginals(t *testing.T) {
	page := shop(t, "v1")
	details, ratings, reviews := newDetails(variables(nil)), newRatings(variables(nil)), newReviews(variables(nil))
	book := `{"id":0,"author":"William Shakespeare","year":1595,"type":"paperback","pages":200,"publisher":"PublisherA",` +
		`"language":"English","ISBN-10":"1234567890","ISBN-13":"123-1234567890"}`
	stars := `{"id":0,"ratings":{"Reviewer1":5,"Reviewer2":4}}`
	wrong := `{"error":"product \"x\" given, a number wanted"}`
	rows := []struct {
		handler http.Handler
		path    string
		status  int
		want    string
	}{
		{details, "/details/0", 200, book},
		{details, "/details/x", 400, wrong},
		{details, "/health", 200, `{"status":"Details is healthy"}`},
		{ratings, "/ratings/0", 200, stars},
		{ratings, "/ratings/7", 200, `{"id":7,"ratings":{"Reviewer1":5,"Reviewer2":4}}`},
		{ratings, "/ratings/x", 400, wrong},
		{ratings, "/health", 200, `{"status":"Ratings is healthy"}`},
		{reviews, "/health", 200, `{"status":"Reviews is healthy"}`},
		{page, "/health", 200, "Product page is healthy"},
		{page, "/api/v1/products/0", 200, book},
		{page, "/api/v1/products/0/ratings", 200, stars},
		{page, "/api/v1/products/x/ratings", 400, wrong},
		{page, "/static/app.css", 404, "404 page not found\n"},
	}
	for _, row := range rows {
		if status, body, _ := answer(t, row.handler, "GET", row.path, "", nil); status != row.status || body != row.want {
			t.Errorf("%s = %d %s, want %d %s", row.path, status, body, row.status, row.want)
		}
	}
	if _, body, _ := answer(t, page, "GET", "/api/v1/products", "", nil); !strings.Contains(body, `"title":"The Comedy of Errors"`) {
		t.Errorf("/api/v1/products = %s, want the one book", body)
	}
}

func TestReviewsShowStarsInTheirVersionsColour(t *testing.T) {
	ratings := served(t, newRatings(variables(nil)))
	rows := map[string]struct{ has, hasNot string }{
		"":   {`"id":"0","podname":"null","clustername":"null"`, `"rating"`},
		"v1": {`"reviewer":"Reviewer2"`, `"rating"`},
		"v2": {`"rating":{"stars":5,"color":"black"}`, "red"},
		"v3": {`"rating":{"stars":4,"color":"red"}`, "black"},
	}
	for version, row := range rows {
		handler := newReviews(bookinfoAt(map[string]string{"RATINGS": ratings}, map[string]string{"SERVICE_VERSION": version}))
		status, body, _ := answer(t, handler, "GET", "/reviews/0", "", nil)
		if status != 200 || !strings.Contains(body, row.has) || strings.Contains(body, row.hasNot) {
			t.Errorf("version %q: /reviews/0 = %d %s, want %s and no %s", version, status, body, row.has, row.hasNot)
		}
	}
}

func TestReviewsDoWithoutRatings(t *testing.T) {
	handler := newReviews(bookinfoAt(map[string]string{"RATINGS": ""}, map[string]string{"SERVICE_VERSION": "v2"}))
	want := `"rating":{"error":"Ratings service is currently unavailable"}`
	if status, body, _ := answer(t, handler, "GET", "/reviews/0", "", nil); status != 200 || strings.Count(body, want) != 2 {
		t.Errorf("/reviews/0 = %d %s, want 200 with twice %s", status, body, want)
	}
}

func TestProductpageShowsDetailsAndReviews(t *testing.T) {
	rows := []struct {
		version string
		stars   int
		color   string
	}{{"v1", 0, "<h1>"}, {"v2", 9, `<font color="black">`}, {"v3", 9, `<font color="red">`}}
	for _, row := range rows {
		status, body, header := answer(t, shop(t, row.version), "GET", "/productpage", "", nil)
		if status != 200 || header.Get("Content-Type") != "text/html; charset=utf-8" || strings.Count(body, "glyphicon-star\"") != row.stars {
			t.Errorf("%s: /productpage = %d, %d stars; want 200, %d", row.version, status, strings.Count(body, "glyphicon-star\""), row.stars)
		}
		for _, want := range []string{"<title>Simple Bookstore App</title>", "PublisherA", "Reviewer1", "reviews-pod", row.color} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: /productpage = %s, want %s in it", row.version, body, want)
			}
		}
	}
}

func TestProductpageSaysWhatItCouldNotFetch(t *testing.T) {
	var asked atomic.Int32
	failing := served(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	page := newProductpage(bookinfoAt(map[string]string{"DETAILS": "", "REVIEWS": failing, "RATINGS": ""}, nil))
	status, body, _ := answer(t, page, "GET", "/productpage", "", nil)
	if status != 200 || !strings.Contains(body, "Error fetching product details!") || !strings.Contains(body, "Error fetching product reviews!") {
		t.Errorf("/productpage = %d %s, want 200 with both errors", status, body)
	}
	if asked.Load() != reviewsTries {
		t.Errorf("reviews was asked %d times, want %d", asked.Load(), reviewsTries)
	}
	for path, want := range map[string]int{"/api/v1/products/0": 500, "/api/v1/products/0/reviews": 503, "/api/v1/products/0/ratings": 500} {
		if status, body, _ := answer(t, page, "GET", path, "", nil); status != want || !strings.Contains(body, `{"error":`) {
			t.Errorf("%s = %d %s, want %d with an error", path, status, body, want)
		}
	}
}

func TestBookinfoHandsTracingAndUserOn(t *testing.T) {
	var last http.Header
	ratings := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last = r.Header
		writeCompactJSON(w, http.StatusOK, bookRatings{})
	}))
	reviews := newReviews(bookinfoAt(map[string]string{"RATINGS": ratings}, map[string]string{"SERVICE_VERSION": "v3"}))
	page := newProductpage(bookinfoAt(map[string]string{"DETAILS": "", "REVIEWS": served(t, reviews)}, nil))
	answer(t, page, "GET", "/productpage", "", http.Header{
		"X-Request-Id": {"r"}, "X-B3-Traceid": {"t"}, "X-B3-Sampled": {"1"}, "Traceparent": {"p"}, "Ot-Tracer-Span-Context": {"o"},
		"User-Agent": {"browser"}, "Cookie": {"session=amFzb24"}, "X-Other": {"no"},
	})
	for name, want := range map[string]string{
		"X-Request-Id": "r", "X-B3-Traceid": "t", "X-B3-Sampled": "1", "Traceparent": "p", "Ot-Tracer-Span-Context": "o",
		"User-Agent": "browser", "Cookie": "session=amFzb24", "End-User": "jason", "X-Other": "",
	} {
		if got := last.Get(name); got != want {
			t.Errorf("ratings got %s %q, want %q", name, got, want)
		}
	}
}

func TestProductpageLogsInAndOut(t *testing.T) {
	page := shop(t, "v1")
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	status, _, header := answer(t, page, "POST", "/login", "username=jason&passwd=", form)
	if status != 302 || header.Get("Location") != "/productpage" {
		t.Errorf("/login = %d to %s, want 302 to /productpage", status, header.Get("Location"))
	}
	cookie, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
	if _, body, _ := answer(t, page, "GET", "/productpage", "", http.Header{"Cookie": {cookie}}); !strings.Contains(body, "jason (") {
		t.Errorf("/productpage with %s = %s, want jason in it", cookie, body)
	}
	status, _, header = answer(t, page, "GET", "/logout", "", nil)
	if status != 302 || !strings.Contains(header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("/logout = %d with %s, want 302 and the cookie's end", status, header.Get("Set-Cookie"))
	}
	if _, body, _ := answer(t, page, "GET", "/productpage", "", http.Header{"Cookie": {"session=?"}}); !strings.Contains(body, "Sign in") {
		t.Errorf("/productpage with a foreign cookie = %s, want nobody logged in", body)
	}
}
