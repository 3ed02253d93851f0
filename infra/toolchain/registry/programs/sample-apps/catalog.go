package main

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// item is one article of the store.
type item struct {
	ID         int    `json:"id"`
	Color      string `json:"color"`
	Department string `json:"department"`
	Name       string `json:"name"`
	Price      string `json:"price"`
	ImageURL   string `json:"imageUrl,omitempty"`
}

// blowup is the trouble that catalog makes when it is asked to.
type blowup struct {
	Type       string `json:"type"`
	Percentage int    `json:"percentage"`
	LatencyMs  int    `json:"latencyMs"`
	Volatile   bool   `json:"volatile"`
}

// catalog keeps the articles in memory.
type catalog struct {
	mutex     sync.Mutex
	items     []item
	trouble   blowup
	showImage bool
	roll      func(int) int
}

func newCatalog(get environment) http.Handler {
	c := &catalog{
		items: []item{
			{ID: 1, Color: "amber", Department: "Eyewear", Name: "Elinor Glasses", Price: "282.00"},
			{ID: 2, Color: "cyan", Department: "Clothing", Name: "Atlas Shirt", Price: "127.00"},
			{ID: 3, Color: "teal", Department: "Clothing", Name: "Small Metal Shoes", Price: "232.00"},
			{ID: 4, Color: "red", Department: "Watches", Name: "Red Dragon Watch", Price: "232.00"},
		},
		showImage: get("SHOW_IMAGE") != "" && get("SHOW_IMAGE") != "false",
		roll:      rand.IntN,
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items", c.troubled(c.list))
	mux.HandleFunc("GET /items/{id}", c.troubled(c.show))
	mux.HandleFunc("POST /items", c.troubled(c.add))
	mux.HandleFunc("GET /blowup", c.showTrouble)
	mux.HandleFunc("POST /blowup", c.makeTrouble)
	mux.HandleFunc("DELETE /blowup", c.endTrouble)
	return anySlash(mux)
}

func (c *catalog) shown(i item) item {
	if c.showImage {
		i.ImageURL = "http://lorempixel.com/640/480"
	}
	return i
}

func (c *catalog) list(w http.ResponseWriter, _ *http.Request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	answer := make([]item, 0, len(c.items))
	for _, i := range c.items {
		answer = append(answer, c.shown(i))
	}
	writeJSON(w, http.StatusOK, answer)
}

func (c *catalog) show(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.PathValue("id"))
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, i := range c.items {
		if i.ID == id {
			writeJSON(w, http.StatusOK, c.shown(i))
			return
		}
	}
	writeJSON(w, http.StatusNotFound, struct{}{})
}

func (c *catalog) add(w http.ResponseWriter, r *http.Request) {
	var added item
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&added); err != nil {
		writeText(w, http.StatusBadRequest, err.Error())
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if added.ID == 0 {
		added.ID = len(c.items) + 1
	}
	c.items = append(c.items, added)
	writeJSON(w, http.StatusCreated, added)
}

func (c *catalog) showTrouble(w http.ResponseWriter, _ *http.Request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	writeJSON(w, http.StatusOK, c.trouble)
}

func (c *catalog) makeTrouble(w http.ResponseWriter, r *http.Request) {
	var wanted blowup
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&wanted); err != nil {
		writeText(w, http.StatusBadRequest, err.Error())
		return
	}
	if wanted.Percentage == 0 {
		wanted.Percentage = 100
	}
	c.mutex.Lock()
	c.trouble = wanted
	c.mutex.Unlock()
	writeJSON(w, http.StatusOK, wanted)
}

func (c *catalog) endTrouble(w http.ResponseWriter, _ *http.Request) {
	c.mutex.Lock()
	c.trouble = blowup{}
	c.mutex.Unlock()
	writeJSON(w, http.StatusOK, blowup{})
}

// troubled makes the trouble that was asked for, in as many of 100 requests as was asked for.
func (c *catalog) troubled(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.mutex.Lock()
		trouble := c.trouble
		c.mutex.Unlock()
		if trouble.Type == "" || c.roll(100) >= trouble.Percentage {
			next(w, r)
			return
		}
		switch trouble.Type {
		case "latency":
			delay := trouble.LatencyMs
			if trouble.Volatile && delay > 0 {
				delay = c.roll(delay)
			}
			time.Sleep(time.Duration(delay) * time.Millisecond)
			next(w, r)
		case "500":
			writeText(w, http.StatusInternalServerError, "")
		default: // the connection ends without an answer
			panic(http.ErrAbortHandler)
		}
	}
}
