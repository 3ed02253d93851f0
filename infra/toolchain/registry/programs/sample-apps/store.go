package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// userAgent is what the framework of the original webapp calls itself; the access logs of the notes show it.
const userAgent = "beegoServer"

// ownHeaders belong to one connection or are set by the client: they are not handed on.
var ownHeaders = []string{"Accept-Encoding", "Connection", "Content-Length", "Host", "Keep-Alive", "Te", "Transfer-Encoding", "Upgrade"}

// newWebapp makes the front of the cool store: it asks catalog and forum.
func newWebapp(get environment) http.Handler {
	namespace := get.or("KUBERNETES_NAMESPACE", "istioinaction")
	catalog := "http://" + get.or("CATALOG_SERVICE_HOST", "catalog."+namespace) + ":" + get.or("CATALOG_SERVICE_PORT", "80")
	forum := "http://" + get.or("FORUM_SERVICE_HOST", "forum."+namespace) + ":" + get.or("FORUM_SERVICE_PORT", "80")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", page)
	mux.HandleFunc("GET /api/healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "Healthy!") })
	mux.HandleFunc("GET /api/catalog", relay("Catalog", func(*http.Request) string { return catalog + "/items" }))
	mux.HandleFunc("GET /api/catalog/items/{id}", relay("Catalog", func(r *http.Request) string { return catalog + "/items/" + r.PathValue("id") }))
	mux.HandleFunc("GET /api/users", relay("Forum", func(*http.Request) string { return forum + "/api/users" }))
	return anySlash(mux)
}

// relay asks a service with the headers of the request and hands its answer on; whatever goes wrong there is a 500 here.
func relay(service string, address func(*http.Request) string) http.HandlerFunc {
	client := &http.Client{Timeout: 30 * time.Second}
	return func(out http.ResponseWriter, in *http.Request) {
		header := in.Header.Clone()
		for _, name := range ownHeaders {
			header.Del(name)
		}
		header.Set("User-Agent", userAgent)
		body, err := ask(client, in, address(in), header)
		if err != nil {
			writeText(out, http.StatusInternalServerError, fmt.Sprintf("error calling %s service", service))
			return
		}
		out.Header().Set("Content-Type", "application/json; charset=utf-8")
		out.Write(body)
	}
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

// item is one article of the store.
type item struct {
	ID         int    `json:"id"`
	Color      string `json:"color"`
	Department string `json:"department"`
	Name       string `json:"name"`
	Price      string `json:"price"`
}

var items = []item{
	{1, "amber", "Eyewear", "Elinor Glasses", "282.00"},
	{2, "cyan", "Clothing", "Atlas Shirt", "127.00"},
	{3, "teal", "Clothing", "Small Metal Shoes", "232.00"},
	{4, "red", "Watches", "Red Dragon Watch", "232.00"},
}

func newCatalog(environment) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, items) })
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, _ := strconv.Atoi(r.PathValue("id"))
		if id < 1 || id > len(items) {
			writeJSON(w, http.StatusNotFound, struct{}{})
			return
		}
		writeJSON(w, http.StatusOK, items[id-1])
	})
	return anySlash(mux)
}

// user has the fields of the original's users; the people are made up.
type user struct {
	ID       int               `json:"id"`
	Name     string            `json:"name"`
	Username string            `json:"username"`
	Email    string            `json:"email"`
	Address  map[string]any    `json:"address"`
	Phone    string            `json:"phone"`
	Website  string            `json:"website"`
	Company  map[string]string `json:"company"`
}

var people = [][3]string{
	{"Ada Harbour", "ada", "Seoul"},
	{"Bo Lantern", "bo", "Busan"},
	{"Chae Rivers", "chae", "Daegu"},
	{"Dora Mills", "dora", "Incheon"},
	{"Emil Stone", "emil", "Gwangju"},
	{"Fay Orchard", "fay", "Daejeon"},
	{"Gil Meadow", "gil", "Ulsan"},
	{"Hana Brook", "hana", "Suwon"},
	{"Ivo Quarry", "ivo", "Jeonju"},
	{"Joon Field", "joon", "Jeju"},
}

// newForum serves ten users of its own, since a lab need not reach the Internet, where the original has them from.
func newForum(environment) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /api/users", func(w http.ResponseWriter, _ *http.Request) {
		users := make([]user, len(people))
		for index, person := range people {
			users[index] = userOf(index+1, person[0], person[1], person[2])
		}
		writeJSON(w, http.StatusOK, users)
	})
	return anySlash(mux)
}

func userOf(id int, name, short, city string) user {
	geo := map[string]string{"lat": fmt.Sprintf("%.4f", 33.4+0.4*float64(id)), "lng": fmt.Sprintf("%.4f", 126.5+0.2*float64(id))}
	return user{
		ID: id, Name: name, Username: short, Email: short + "@forum.example", Phone: fmt.Sprintf("010-0000-%04d", id), Website: short + ".example",
		Address: map[string]any{"street": fmt.Sprintf("%d Market Street", 10*id), "suite": fmt.Sprintf("Apt. %d", 100+id), "city": city, "zipcode": fmt.Sprintf("%05d", 4000+id), "geo": geo},
		Company: map[string]string{"name": name + " Ltd.", "catchPhrase": "Meshes that hold", "bs": "connect services"},
	}
}
