package instance

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/k9mil/velocitas/model/store"
)

// DefaultKeys is how many keys a request inserts that does not say.
const DefaultKeys = 10_000

// An answer is what GET / tells, as JSON and, through the page, as HTML.
type answer struct {
	Instance  string  `json:"instance"`
	Colour    string  `json:"colour"` // as CSS writes it
	Keys      int     `json:"keys"`
	Write     string  `json:"write"`
	StartKey  int     `json:"start_key"`
	TookMs    float64 `json:"took_ms"`
	StoreKeys int     `json:"store_keys"`
	// TableBytes is the size of the store's flushed tables.
	TableBytes int64     `json:"table_bytes"`
	Answered   uint64    `json:"answered"` // requests, this one included
	Recent     histogram `json:"recent"`
}

// insert is the work that velocitas is about.
func (inst *Instance) insert(c *fiber.Ctx) error {
	keys, mode, err := parseQuery(c)
	if err != nil {
		return fiber.NewError(fiber.StatusBadRequest, err.Error())
	}
	start := rand.IntN(store.KeySpace)
	begin := time.Now()
	err = inst.store.Insert(start, keys, mode)
	took := time.Since(begin)
	if errors.Is(err, store.ErrClosed) {
		return fiber.NewError(fiber.StatusServiceUnavailable, "instance "+inst.cfg.Name+" is stopping")
	}
	if err != nil {
		return err
	}
	inst.metrics.insertSeconds.Observe(took.Seconds())
	tookMs := ms(took)
	return sendAnswer(c, answer{
		Instance:   inst.cfg.Name,
		Colour:     inst.colour,
		Keys:       keys,
		Write:      mode.String(),
		StartKey:   start,
		TookMs:     tookMs,
		StoreKeys:  inst.store.Keys(),
		TableBytes: inst.store.TableBytes(),
		Answered:   inst.answered.Add(1),
		Recent:     newHistogram(inst.recent.add(tookMs)),
	})
}

// parseQuery reads ?keys= and ?write=. Other parameters are left alone: people
// add some to get past caches.
func parseQuery(c *fiber.Ctx) (keys int, mode store.Mode, err error) {
	keys = DefaultKeys
	if text := c.Query("keys"); text != "" {
		keys, err = strconv.Atoi(text)
		if err != nil || keys < 1 || keys > store.MaxKeys {
			return 0, 0, fmt.Errorf("keys=%.40s: want a whole number from 1 to %d", text, store.MaxKeys)
		}
	}
	if text := c.Query("write"); text != "" {
		if mode, err = store.ParseMode(text); err != nil {
			return 0, 0, fmt.Errorf("write=%.40s: want transactions or batch", text)
		}
	}
	return keys, mode, nil
}

func sendAnswer(c *fiber.Ctx, a answer) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Vary(fiber.HeaderAccept)
	if c.Accepts(fiber.MIMETextHTML, fiber.MIMEApplicationJSON) == fiber.MIMEApplicationJSON {
		return c.JSON(a)
	}
	return sendPage(c, a)
}

// ms is a duration in milliseconds, to the microsecond.
func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
