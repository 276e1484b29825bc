// OpenAI's own SDK for Go, a goroutine for each call in flight. BASE_URL CALLS IN_FLIGHT [stream]
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

func main() {
	calls, _ := strconv.ParseInt(os.Args[2], 10, 64)
	inFlight, _ := strconv.Atoi(os.Args[3])
	stream := len(os.Args) > 4
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = inFlight, inFlight // default: 2 kept for a host
	client := openai.NewClient(option.WithBaseURL(os.Args[1]), option.WithAPIKey("none"),
		option.WithHTTPClient(&http.Client{Transport: transport}))
	request := openai.CompletionNewParams{
		Model:     "bench",
		Prompt:    openai.CompletionNewParamsPromptUnion{OfString: openai.String("Hello how are you?")},
		MaxTokens: openai.Int(256),
	}

	ask := func() error {
		if !stream {
			_, err := client.Completions.New(context.Background(), request)
			return err
		}
		events := client.Completions.NewStreaming(context.Background(), request)
		for events.Next() {
		}
		return events.Err()
	}

	var left, ok, failed atomic.Int64
	left.Store(calls)
	var places sync.WaitGroup
	began := time.Now()
	for i := 0; i < inFlight; i++ {
		places.Add(1)
		go func() {
			defer places.Done()
			for left.Add(-1) >= 0 {
				if err := ask(); err == nil {
					ok.Add(1)
				} else if failed.Add(1) == 1 {
					fmt.Fprintln(os.Stderr, "first failure:", err)
				}
			}
		}()
	}
	places.Wait()
	fmt.Printf(`{"ok": %d, "failed": %d, "wall_s": %f}`+"\n", ok.Load(), failed.Load(), time.Since(began).Seconds())
}
