package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"log"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// productpageLimit is how long one call to another service may take.
	productpageLimit = 3 * time.Second
	// reviewsTries is how often reviews is asked before the page does without.
	reviewsTries = 2
	// sessionCookie keeps the name of who has logged in.
	sessionCookie = "session"
)

// product is a book of the shop.
type product struct {
	ID              int    `json:"id"`
	Title           string `json:"title"`
	DescriptionHTML string `json:"descriptionHtml"`
}

var products = []product{{
	ID:    0,
	Title: "The Comedy of Errors",
	DescriptionHTML: "An early comedy of William Shakespeare's: two pairs of twins who know nothing of each other meet in one town, " +
		"and nobody there can tell who is who.",
}}

// productpage is the front of Bookinfo: it asks details and reviews.
type productpage struct {
	details, reviews, ratings string
	client                    *http.Client
}

func newProductpage(get environment) http.Handler {
	p := &productpage{
		details: bookinfoAddress(get, "details"),
		reviews: bookinfoAddress(get, "reviews"),
		ratings: bookinfoAddress(get, "ratings"),
		client:  newBookinfoClient(),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { writePage(w, "index", nil) })
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, http.StatusOK, "Product page is healthy")
	})
	mux.HandleFunc("GET /productpage", p.page)
	mux.HandleFunc("POST /login", logIn)
	mux.HandleFunc("GET /logout", logOut)
	mux.HandleFunc("GET /api/v1/products", func(w http.ResponseWriter, _ *http.Request) {
		writeCompactJSON(w, http.StatusOK, products)
	})
	mux.HandleFunc("GET /api/v1/products/{id}", numbered(p.relay("details", p.details, 1)))
	mux.HandleFunc("GET /api/v1/products/{id}/reviews", numbered(p.relay("reviews", p.reviews, reviewsTries)))
	mux.HandleFunc("GET /api/v1/products/{id}/ratings", numbered(p.relay("ratings", p.ratings, 1)))
	return mux
}

// shownPage is what the page's template is filled with; what could not be fetched is nil.
type shownPage struct {
	User    string
	Product product
	Details *bookDetails
	Reviews *bookReviews
}

func (p *productpage) page(w http.ResponseWriter, r *http.Request) {
	shown := shownPage{User: userOf(r), Product: products[0]}
	var details bookDetails
	if _, err := p.ask(r, p.details, shown.Product.ID, 1, &details); err == nil {
		shown.Details = &details
	}
	var reviews bookReviews
	if _, err := p.ask(r, p.reviews, shown.Product.ID, reviewsTries, &reviews); err == nil {
		shown.Reviews = &reviews
	}
	writePage(w, "productpage", shown)
}

// relay hands a service's answer on, and its status where that is no 200; one that does not answer is a 500.
func (p *productpage) relay(service, address string, tries int) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, id int) {
		var answer json.RawMessage
		status, err := p.ask(r, address, id, tries, &answer)
		if err == nil {
			writeCompactJSON(w, http.StatusOK, answer)
			return
		}
		if status < http.StatusBadRequest {
			status = http.StatusInternalServerError
		}
		writeCompactJSON(w, status, map[string]string{"error": service + " of this book are not available now"})
	}
}

// ask asks a service about a book, again where it fails and may be asked again.
func (p *productpage) ask(r *http.Request, service string, id, tries int, into any) (status int, err error) {
	header := tracingHeaders(r.Header)
	if user := userOf(r); user != "" {
		header.Set("End-User", user)
	}
	address := service + "/" + strconv.Itoa(id)
	for ; tries > 0; tries-- {
		if status, err = askJSON(r.Context(), p.client, address, header, productpageLimit, into); err == nil {
			return status, nil
		}
		log.Printf("productpage: %v", err)
		if r.Context().Err() == context.Canceled {
			break
		}
	}
	return status, err
}

// userOf is the name that a browser has logged in with; empty for nobody.
func userOf(r *http.Request) string {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	name, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || strings.ContainsAny(string(name), "\r\n\x00") {
		return ""
	}
	return string(name)
}

func logIn(w http.ResponseWriter, r *http.Request) {
	name := base64.RawURLEncoding.EncodeToString([]byte(r.FormValue("username")))
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: name, Path: "/", HttpOnly: true})
	http.Redirect(w, r, "/productpage", http.StatusFound)
}

func logOut(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1})
	http.Redirect(w, r, "/productpage", http.StatusFound)
}

func writePage(w http.ResponseWriter, name string, shown any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := pages.ExecuteTemplate(w, name, shown); err != nil {
		log.Printf("productpage: %v", err)
	}
}

// pages are the shop's pages; the stars' classes and colours are where the original's pages have them.
var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"times": func(count int) []struct{} { return make([]struct{}, max(0, min(count, 5))) },
}).Parse(`
{{define "index"}}<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Simple Bookstore App</title></head>
<body><h1>Bookinfo</h1>
<p><a href="/productpage?u=normal">The shop's page for anybody</a></p>
<p><a href="/productpage?u=test">The shop's page for a tester</a></p>
</body></html>
{{end}}
{{define "productpage"}}<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Simple Bookstore App</title></head>
<body>
{{if .User}}<p>{{.User}} (<a href="/logout">sign out</a>)</p>
{{else}}<form method="post" action="/login"><input name="username" placeholder="User name"> <button>Sign in</button></form>
{{end}}<h1>{{.Product.Title}}</h1>
<p>{{.Product.DescriptionHTML}}</p>
{{with .Details}}<h2>Book Details</h2>
<dl>
<dt>Type</dt><dd>{{.Type}}</dd>
<dt>Pages</dt><dd>{{.Pages}}</dd>
<dt>Publisher</dt><dd>{{.Publisher}}</dd>
<dt>Language</dt><dd>{{.Language}}</dd>
<dt>ISBN-10</dt><dd>{{.ISBN10}}</dd>
<dt>ISBN-13</dt><dd>{{.ISBN13}}</dd>
</dl>
{{else}}<h2>Error fetching product details!</h2>
{{end}}{{with .Reviews}}<h2>Book Reviews</h2>
{{range .Reviews}}<blockquote><p>{{.Text}}</p><small>{{.Reviewer}}</small></blockquote>
{{with .Rating}}{{if .Error}}<p><i>{{.Error}}</i></p>
{{else}}<font color="{{.Color}}">{{range times .Stars}}<span class="glyphicon glyphicon-star">★</span>{{end}}</font>
{{end}}{{end}}{{end}}<p>Reviews served by: <u>{{.PodName}}</u></p>
{{else}}<h2>Error fetching product reviews!</h2>
{{end}}</body></html>
{{end}}`))
