package instance

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

// A logLine is one request in the access log.
type logLine struct {
	Time       time.Time `json:"time"` // of arrival
	Instance   string    `json:"instance"`
	Remote     string    `json:"remote"`
	Method     string    `json:"method"`
	URI        string    `json:"uri"`
	Status     int       `json:"status"`
	Bytes      int       `json:"bytes"`
	DurationMs float64   `json:"duration_ms"`
}

// logRequests writes a line of JSON per request, when it is answered.
func logRequests(name string, out io.Writer) fiber.Handler {
	var mu sync.Mutex
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false) // or each & of a query would be \u0026
	return func(c *fiber.Ctx) error {
		begin := time.Now()
		if err := c.Next(); err != nil {
			// Answer now, so that the line has the status the client gets.
			if err := c.App().ErrorHandler(c, err); err != nil {
				return err
			}
		}
		line := logLine{
			Time:       begin.UTC(),
			Instance:   name,
			Remote:     c.Context().RemoteAddr().String(),
			Method:     c.Method(),
			URI:        c.OriginalURL(),
			Status:     c.Response().StatusCode(),
			Bytes:      len(c.Response().Body()),
			DurationMs: ms(time.Since(begin)),
		}
		mu.Lock()
		defer mu.Unlock()
		// A log that cannot be written is no reason to fail a request.
		_ = lines.Encode(line)
		return nil
	}
}
