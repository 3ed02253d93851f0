package main

import (
	"net/http"
	"strings"
	"testing"
)

// bookinfoAt are the variables that tell where services of Bookinfo are; one without a handler does not answer.
func bookinfoAt(t *testing.T, handlers map[string]http.Handler) environment {
	values := map[string]string{"HOSTNAME": "reviews-pod"}
	for _, service := range []string{"DETAILS", "RATINGS", "REVIEWS"} {
		host, port := "127.0.0.1", "1"
		if handler := handlers[service]; handler != nil {
			host, port = served(t, handler.ServeHTTP)
		}
		values[service+"_HOSTNAME"], values[service+"_SERVICE_PORT"] = host, port
	}
	return variables(values)
}

// shop starts details, ratings and reviews and returns the page in front of them.
func shop(t *testing.T, color string, ratings http.Handler) http.Handler {
	reviews := newReviews(color)(bookinfoAt(t, map[string]http.Handler{"RATINGS": ratings}))
	return newProductpage(bookinfoAt(t, map[string]http.Handler{"DETAILS": newDetails(nil), "REVIEWS": reviews}))
}

func TestBookinfoAddressIsThePortsNumberOfKubernetes(t *testing.T) {
	get := variables(map[string]string{"DETAILS_PORT": "tcp://10.96.1.2:9080", "DETAILS_SERVICE_PORT": "9081"})
	if got := bookinfoAddress(get, "details"); got != "http://details:9081/details/" {
		t.Errorf("bookinfoAddress(details) = %s, want http://details:9081/details/", got)
	}
	if got := bookinfoAddress(variables(nil), "details"); got != "http://details:9080/details/" {
		t.Errorf("bookinfoAddress(details) = %s, want http://details:9080/details/", got)
	}
}

func TestBookinfoServicesAnswerAsTheOriginals(t *testing.T) {
	details, ratings, reviews := newDetails(nil), newRatings(nil), newReviews("")(variables(nil))
	rows := []struct {
		handler http.Handler
		path    string
		status  int
		want    string
	}{
		{details, "/details/0", 200, `{"id":0,"author":"WilliamShakespeare","year":1595,"type":"paperback","pages":200,"publisher":"PublisherA",` +
			`"language":"English","ISBN-10":"1234567890","ISBN-13":"123-1234567890"}`},
		{details, "/details/x", 400, `{"error":"product\"x\"given,anumberwanted"}`},
		{details, "/health", 200, `{"status":"Detailsishealthy"}`},
		{ratings, "/ratings/7", 200, `{"id":7,"ratings":{"Reviewer1":5,"Reviewer2":4}}`},
		{ratings, "/health", 200, `{"status":"Ratingsishealthy"}`},
		{reviews, "/health", 200, `{"status":"Reviewsishealthy"}`},
		{newProductpage(variables(nil)), "/health", 200, "Productpageishealthy"},
		{newProductpage(variables(nil)), "/static/app.css", 404, "404pagenotfound"},
	}
	for _, row := range rows {
		if status, body, _ := answer(t, row.handler, row.path, nil); status != row.status || compact(body) != row.want {
			t.Errorf("%s = %d %s, want %d %s", row.path, status, body, row.status, row.want)
		}
	}
}

func TestReviewsShowStarsInTheirVersionsColour(t *testing.T) {
	rows := map[string]struct{ has, hasNot string }{
		"":      {`"id":"0","podname":"reviews-pod","reviews":[{"reviewer":"Reviewer1"`, `"rating"`},
		"black": {`"rating":{"stars":5,"color":"black"}`, "red"},
		"red":   {`"rating":{"stars":4,"color":"red"}`, "black"},
	}
	for color, row := range rows {
		handler := newReviews(color)(bookinfoAt(t, map[string]http.Handler{"RATINGS": newRatings(nil)}))
		status, body, _ := answer(t, handler, "/reviews/0", nil)
		if text := compact(body); status != 200 || !strings.Contains(text, row.has) || strings.Contains(text, row.hasNot) {
			t.Errorf("colour %q: /reviews/0 = %d %s, want %s and no %s", color, status, body, row.has, row.hasNot)
		}
	}
}

func TestReviewsDoWithoutRatings(t *testing.T) {
	handler := newReviews("black")(bookinfoAt(t, nil))
	want := `"rating":{"error":"Ratingsserviceiscurrentlyunavailable"}`
	if status, body, _ := answer(t, handler, "/reviews/0", nil); status != 200 || strings.Count(compact(body), want) != 2 {
		t.Errorf("/reviews/0 = %d %s, want 200 with twice %s", status, body, want)
	}
}

func TestProductpageShowsDetailsAndReviews(t *testing.T) {
	rows := []struct {
		color string
		stars int
		shown string
	}{{"", 0, "<h1>"}, {"black", 9, `<font color="black">`}, {"red", 9, `<font color="red">`}}
	for _, row := range rows {
		status, body, header := answer(t, shop(t, row.color, newRatings(nil)), "/productpage", nil)
		if status != 200 || header.Get("Content-Type") != "text/html; charset=utf-8" || strings.Count(body, "glyphicon-star\"") != row.stars {
			t.Errorf("%q: /productpage = %d, %d stars; want 200, %d", row.color, status, strings.Count(body, "glyphicon-star\""), row.stars)
		}
		for _, want := range []string{"<title>Simple Bookstore App</title>", "PublisherA", "Reviewer1", "reviews-pod", row.shown} {
			if !strings.Contains(body, want) {
				t.Errorf("%q: /productpage = %s, want %s in it", row.color, body, want)
			}
		}
	}
}

func TestProductpageSaysWhatItCouldNotFetch(t *testing.T) {
	failing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	page := newProductpage(bookinfoAt(t, map[string]http.Handler{"REVIEWS": failing}))
	status, body, _ := answer(t, page, "/productpage", nil)
	if status != 200 || !strings.Contains(body, "Error fetching product details!") || !strings.Contains(body, "Error fetching product reviews!") {
		t.Errorf("/productpage = %d %s, want 200 with both errors", status, body)
	}
}

func TestBookinfoHandsTracingAndUserOn(t *testing.T) {
	var last http.Header
	page := shop(t, "red", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last = r.Header
		writeJSON(w, http.StatusOK, bookRatings{})
	}))
	given := http.Header{
		"X-Request-Id": {"r"}, "X-B3-Traceid": {"t"}, "X-B3-Sampled": {"1"}, "Traceparent": {"p"}, "User-Agent": {"browser"}, "End-User": {"jason"}, "X-Other": {"no"},
	}
	answer(t, page, "/productpage", given)
	for name, values := range given {
		if got := last.Get(name); name == "X-Other" && got != "" || name != "X-Other" && got != values[0] {
			t.Errorf("ratings got %s %q, was given %q", name, got, values[0])
		}
	}
}
