// Command sample-apps answers as the sample services of the book "Istio in Action" do, on the paths that the notes use:
// webapp, catalog, forum and simple-backend; and as those of Istio's Bookinfo. Its argument says which one it is; without
// one it is the forum, the program that the lab puts on a VM.
package main

import (
	"context"
	"fmt"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// app is one of the services: its handler and where it listens unless it is told otherwise.
type app struct {
	address string
	handler func(environment) http.Handler
}

var apps = map[string]app{
	"webapp":         {":8080", newWebapp},
	"catalog":        {":3000", newCatalog},
	"forum":          {":8080", newForum},
	"simple-backend": {":8080", newBackend},
	"productpage-v1": {":9080", newProductpage},
	"details-v1":     {":9080", newDetails},
	"ratings-v1":     {":9080", newRatings},
	"reviews-v1":     {":9080", newReviews("")},
	"reviews-v2":     {":9080", newReviews("black")},
	"reviews-v3":     {":9080", newReviews("red")},
}

// environment reads variables; tests give their own.
type environment func(name string) string

func (get environment) or(name, other string) string {
	if value := get(name); value != "" {
		return value
	}
	return other
}

// appOf finds the service that a command line asks for.
func appOf(arguments []string) (app, error) {
	if len(arguments) < 2 {
		return apps["forum"], nil
	}
	found, ok := apps[arguments[1]]
	if !ok {
		names := strings.Join(slices.Sorted(maps.Keys(apps)), ", ")
		return app{}, fmt.Errorf("service %q given, one of %s wanted", arguments[1], names)
	}
	return found, nil
}

// serve answers until the context ends, then lets requests that are under way finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		limited, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return server.Shutdown(limited)
	}
}

func main() {
	chosen, err := appOf(os.Args)
	if err != nil {
		log.Fatal(err)
	}
	get := environment(os.Getenv)
	listener, err := net.Listen("tcp", get.or("LISTEN_ADDR", chosen.address))
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("listening on %s", listener.Addr())
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, listener, chosen.handler(get)); err != nil {
		log.Fatal(err)
	}
}
