package instance

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/k9mil/velocitas/internal/strict"
)

//go:embed web/error.html
var errorHTML string

var errorPage = template.Must(template.New("error").Parse(errorHTML))

// A refusal is an answer that is not what was asked for.
type refusal struct {
	Instance string `json:"instance"`
	Status   int    `json:"status"`
	Error    string `json:"error"`
}

// answerError is for whatever a handler, Fiber or the server below it refuses:
// a line of text, JSON or a page, as the client accepts. It counts them, too,
// since not all of them come by the other handlers.
func (inst *Instance) answerError(c *fiber.Ctx, err error) error {
	status := statusOf(err)
	inst.metrics.counted(status)
	inst.sign(c)
	c.Status(status)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Vary(fiber.HeaderAccept)
	r := refusal{Instance: inst.cfg.Name, Status: status, Error: sentence(c, status, err)}
	switch c.Accepts(fiber.MIMETextPlain, fiber.MIMETextHTML, fiber.MIMEApplicationJSON) {
	case fiber.MIMEApplicationJSON:
		return c.JSON(r)
	case fiber.MIMETextHTML:
		return inst.sendErrorPage(c, r)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	return c.SendString(r.Error + "\n")
}

// sentence says what is wrong and what would be right.
func sentence(c *fiber.Ctx, status int, err error) string {
	switch status {
	case fiber.StatusNotFound:
		return fmt.Sprintf("there is nothing at %s; want /, /healthz or /metrics", strict.Quote(c.Path()))
	case fiber.StatusMethodNotAllowed:
		return fmt.Sprintf("%s takes no %s; want %s", strict.Quote(c.Path()), strict.Quote(c.Method()), c.GetRespHeader(fiber.HeaderAllow))
	}
	return err.Error()
}

func (inst *Instance) sendErrorPage(c *fiber.Ctx, r refusal) error {
	var out bytes.Buffer
	err := errorPage.Execute(&out, struct {
		refusal
		look
		StatusText string
	}{r, inst.look(), strconv.Itoa(r.Status) + " " + http.StatusText(r.Status)})
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(out.Bytes())
}

// statusOf is the status that a handler's error leads to.
func statusOf(err error) int {
	var refused *fiber.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return fiber.StatusInternalServerError
}
