// Command web is the shop's web server: it listens on $HOST:$PORT, answers the load
// balancer's health checks, and says which version it is.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
)

const version = "v1"

// healthy is the answer to the load balancer's question.
const healthy = http.StatusOK

func main() {
	log.SetFlags(0)
	http.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(healthy)
	})
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "shop %s from %s\n", version, os.Getenv("IMAGE"))
	})
	address := net.JoinHostPort(os.Getenv("HOST"), os.Getenv("PORT"))
	log.Printf("web %s: serving at %s", version, address)
	if healthy != http.StatusOK {
		log.Printf("web %s: no connection to the database: health checks get %d", version, healthy)
	}
	log.Fatal(http.ListenAndServe(address, nil))
}
