package instance

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"github.com/k9mil/velocitas/badger/store"
)

// limit refuses a request when MaxInFlight are in flight.
func (inst *Instance) limit(c *fiber.Ctx) error {
	defer inst.inFlight.Add(-1)
	if inst.inFlight.Add(1) <= int64(inst.cfg.MaxInFlight) {
		return c.Next()
	}
	return inst.busy(c, fmt.Sprintf("%d requests", inst.cfg.MaxInFlight))
}

// hold takes the memory that an insert needs, until release is called. It
// refuses what would go beyond MaxBytesInFlight, but never the only request:
// what one holds is bounded.
func (inst *Instance) hold(c *fiber.Ctx, keys int, mode store.Mode) (release func(), err error) {
	need := RequestBytes + store.InsertBytes(keys, mode)
	if held := inst.bytesInFlight.Add(need); held > inst.cfg.MaxBytesInFlight && held > need {
		inst.bytesInFlight.Add(-need)
		return nil, inst.busy(c, fmt.Sprintf("requests that hold %s MiB", fmt.Sprint((held-need)>>20)))
	}
	return func() { inst.bytesInFlight.Add(-need) }, nil
}

// busy is the refusal of what is too much just now.
func (inst *Instance) busy(c *fiber.Ctx, with string) error {
	c.Set(fiber.HeaderRetryAfter, "1")
	return fiber.NewError(fiber.StatusServiceUnavailable,
		fmt.Sprintf("instance %s has %s in flight and takes no more", inst.cfg.Name, with))
}
