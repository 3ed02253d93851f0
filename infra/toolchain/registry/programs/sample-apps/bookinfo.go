package main

import (
	"encoding/json"
	"fmt"
	"html/template"
	"log"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// handedOn are the headers that a service of Bookinfo gives to those it asks, beside all that start with X-B3-: they make
// calls parts of one trace, and routes can tell users and browsers apart by them.
var handedOn = []string{"X-Request-Id", "Traceparent", "Tracestate", "B3", "End-User", "User-Agent"}

// bookinfoClient makes a connection per call, as the originals do, so that each call is seen to be captured.
var bookinfoClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 3 * time.Second}

// bookinfoAddress says where a service of Bookinfo is. Kubernetes sets variables named …_PORT to addresses, but
// those named …_SERVICE_PORT to numbers, which are what is wanted here.
func bookinfoAddress(get environment, service string) string {
	prefix := strings.ToUpper(service)
	return fmt.Sprintf("http://%s:%s/%s/", get.or(prefix+"_HOSTNAME", service), get.or(prefix+"_SERVICE_PORT", "9080"), service)
}

// askBookinfo asks a service on behalf of a request, and reads its answer into a value.
func askBookinfo(in *http.Request, address string, into any) error {
	header := http.Header{}
	for name, values := range in.Header {
		if strings.HasPrefix(name, "X-B3-") {
			header[name] = values
		}
	}
	for _, name := range handedOn {
		if values, given := in.Header[name]; given {
			header[name] = values
		}
	}
	body, err := ask(bookinfoClient, in, address, header)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		log.Print(err)
	}
	return err
}

// bookService answers about every book whose number is asked for, and says that it is well.
func bookService(path, name string, answer func(r *http.Request, id int) any) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": name + " is healthy"})
	})
	mux.HandleFunc("GET "+path+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil {
			text := fmt.Sprintf("product %q given, a number wanted", r.PathValue("id"))
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": text})
			return
		}
		writeJSON(w, http.StatusOK, answer(r, id))
	})
	return mux
}

// bookDetails has the fields of the original's answer.
type bookDetails struct {
	ID        int    `json:"id"`
	Author    string `json:"author"`
	Year      int    `json:"year"`
	Type      string `json:"type"`
	Pages     int    `json:"pages"`
	Publisher string `json:"publisher"`
	Language  string `json:"language"`
	ISBN10    string `json:"ISBN-10"`
	ISBN13    string `json:"ISBN-13"`
}

// newDetails knows one book and answers with it for every number.
func newDetails(environment) http.Handler {
	return bookService("/details", "Details", func(_ *http.Request, id int) any {
		return bookDetails{id, "William Shakespeare", 1595, "paperback", 200, "PublisherA", "English", "1234567890", "123-1234567890"}
	})
}

// bookRatings are the stars that each reviewer gives.
type bookRatings struct {
	ID      int            `json:"id"`
	Ratings map[string]int `json:"ratings"`
}

// newRatings answers with the same stars for every number.
func newRatings(environment) http.Handler {
	return bookService("/ratings", "Ratings", func(_ *http.Request, id int) any {
		return bookRatings{id, map[string]int{"Reviewer1": 5, "Reviewer2": 4}}
	})
}

// bookReviews are two reviews and the pod that has answered.
type bookReviews struct {
	ID      string       `json:"id"`
	PodName string       `json:"podname"`
	Reviews []bookReview `json:"reviews"`
}

type bookReview struct {
	Reviewer string      `json:"reviewer"`
	Text     string      `json:"text"`
	Rating   *bookRating `json:"rating,omitempty"`
}

// bookRating is stars in a colour, or an error if ratings does not answer.
type bookRating struct {
	Stars int    `json:"stars,omitempty"`
	Color string `json:"color,omitempty"`
	Error string `json:"error,omitempty"`
}

// newReviews makes a version of reviews: its two reviews have stars in a colour, or none without a colour.
func newReviews(color string) func(environment) http.Handler {
	return func(get environment) http.Handler {
		ratings := bookinfoAddress(get, "ratings")
		return bookService("/reviews", "Reviews", func(r *http.Request, id int) any {
			shown := []bookReview{
				{Reviewer: "Reviewer1", Text: "Two pairs of twins, one long day of mistaken names: I laughed until the last scene."},
				{Reviewer: "Reviewer2", Text: "Quick, loud and clever. It is not his deepest play, and it need not be."},
			}
			if color != "" {
				addStars(r, ratings+strconv.Itoa(id), color, shown)
			}
			return bookReviews{ID: strconv.Itoa(id), PodName: get("HOSTNAME"), Reviews: shown}
		})
	}
}

func addStars(r *http.Request, ratings, color string, shown []bookReview) {
	var given bookRatings
	err := askBookinfo(r, ratings, &given)
	for index := range shown {
		stars := given.Ratings[shown[index].Reviewer]
		if err != nil || stars == 0 {
			shown[index].Rating = &bookRating{Error: "Ratings service is currently unavailable"}
			continue
		}
		shown[index].Rating = &bookRating{Stars: stars, Color: color}
	}
}

// newProductpage makes the front of Bookinfo: it asks details and reviews, and shows what it has got.
func newProductpage(get environment) http.Handler {
	details, reviews := bookinfoAddress(get, "details"), bookinfoAddress(get, "reviews")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, http.StatusOK, "Product page is healthy")
	})
	mux.HandleFunc("GET /productpage", func(w http.ResponseWriter, r *http.Request) {
		var shown struct {
			Details bookDetails
			Reviews bookReviews
		}
		// What does not come is empty, and the page says so.
		_ = askBookinfo(r, details+"0", &shown.Details)
		_ = askBookinfo(r, reviews+"0", &shown.Reviews)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := bookPage.Execute(w, shown); err != nil {
			log.Print(err)
		}
	})
	return mux
}

// bookPage has the stars' classes and colours where the original's page has them.
var bookPage = template.Must(template.New("").Funcs(template.FuncMap{
	"times": func(count int) []struct{} { return make([]struct{}, max(0, min(count, 5))) },
}).Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Simple Bookstore App</title></head>
<body>
<h1>The Comedy of Errors</h1>
<p>An early comedy of William Shakespeare's: two pairs of twins who know nothing of each other meet in one town, and nobody
there can tell who is who.</p>
{{with .Details}}{{if .Author}}<h2>Book Details</h2>
<dl>
<dt>Type</dt><dd>{{.Type}}</dd>
<dt>Pages</dt><dd>{{.Pages}}</dd>
<dt>Publisher</dt><dd>{{.Publisher}}</dd>
<dt>Language</dt><dd>{{.Language}}</dd>
<dt>ISBN-10</dt><dd>{{.ISBN10}}</dd>
<dt>ISBN-13</dt><dd>{{.ISBN13}}</dd>
</dl>
{{else}}<h2>Error fetching product details!</h2>
{{end}}{{end}}{{with .Reviews}}{{if .Reviews}}<h2>Book Reviews</h2>
{{range .Reviews}}<blockquote><p>{{.Text}}</p><small>{{.Reviewer}}</small></blockquote>
{{with .Rating}}{{if .Error}}<p><i>{{.Error}}</i></p>
{{else}}<font color="{{.Color}}">{{range times .Stars}}<span class="glyphicon glyphicon-star">★</span>{{end}}</font>
{{end}}{{end}}{{end}}<p>Reviews served by: <u>{{.PodName}}</u></p>
{{else}}<h2>Error fetching product reviews!</h2>
{{end}}{{end}}</body></html>
`))
