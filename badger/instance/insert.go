package instance

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/k9mil/velocitas/badger/store"
	"github.com/k9mil/velocitas/internal/strict"
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
	release, err := inst.hold(c, keys, mode)
	if err != nil {
		return err
	}
	defer release()
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
	return inst.sendAnswer(c, answer{
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

// head answers HEAD with what GET would have in its header: it asks for no
// work, so none is done.
func head(c *fiber.Ctx) error {
	if _, _, err := parseQuery(c); err != nil {
		return fiber.NewError(fiber.StatusBadRequest, err.Error())
	}
	c.Set(fiber.HeaderContentType, answerType(c))
	return nil
}

// queryKeys are the parameters that GET / takes.
var queryKeys = []string{"keys", "write"}

// parseQuery reads ?keys= and ?write=. Another parameter is an error: who
// misspells one would measure something else than they think.
func parseQuery(c *fiber.Ctx) (keys int, mode store.Mode, err error) {
	given := map[string]string{}
	c.Request().URI().QueryArgs().VisitAll(func(k, v []byte) {
		name := string(k)
		_, twice := given[name]
		switch {
		case err != nil:
		case !slices.Contains(queryKeys, name):
			err = fmt.Errorf("unknown parameter %s%s", strict.Quote(name), strict.Hint(name, queryKeys))
		case twice:
			err = fmt.Errorf("%s is given more than once", name)
		}
		given[name] = string(v)
	})
	if err != nil {
		return 0, 0, err
	}
	keys = DefaultKeys
	if text, ok := given["keys"]; ok {
		keys, err = strconv.Atoi(text)
		if err != nil || keys < 1 || keys > store.MaxKeys {
			return 0, 0, fmt.Errorf("keys is %s; want a whole number from 1 to %d", strict.Quote(text), store.MaxKeys)
		}
	}
	if text, ok := given["write"]; ok {
		if mode, err = store.ParseMode(text); err != nil {
			return 0, 0, fmt.Errorf("write is %s; want transactions or batch", strict.Quote(text))
		}
	}
	return keys, mode, nil
}

func (inst *Instance) sendAnswer(c *fiber.Ctx, a answer) error {
	if answerType(c) == fiber.MIMEApplicationJSON {
		return c.JSON(a)
	}
	return inst.sendPage(c, a)
}

// answerType is the type of GET /'s answer; it sets the header that goes with
// a choice.
func answerType(c *fiber.Ctx) string {
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Vary(fiber.HeaderAccept)
	if c.Accepts(fiber.MIMETextHTML, fiber.MIMEApplicationJSON) == fiber.MIMEApplicationJSON {
		return fiber.MIMEApplicationJSON
	}
	return fiber.MIMETextHTMLCharsetUTF8
}

// ms is a duration in milliseconds, to the microsecond.
func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
