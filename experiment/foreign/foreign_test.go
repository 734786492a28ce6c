package foreign

import (
	"context"
	"encoding/json"
	"os"
	"testing"
)

func TestTry(t *testing.T) {
	f, err := os.Open("testdata/cells.jsonl")
	if err != nil { t.Fatal(err) }
	blocks, err := ReadBlocks(f)
	if err != nil { t.Fatal(err) }
	data, _ := os.ReadFile("testdata/stated.json")
	stated := map[string]Stated{}
	if err := json.Unmarshal(data, &stated); err != nil { t.Fatal(err) }
	for _, name := range []string{"flask", "node", "godb", "nodelimit"} {
		of := name
		if name == "nodelimit" { of = "node" }
		var mine []Block
		for _, b := range blocks { if b.Service == of { mine = append(mine, b) } }
		m, err := Calibrate(context.Background(), mine, stated[of])
		if err != nil { t.Fatal(err) }
		m.Stated = stated[name]
		t.Logf("%+v", *m)
		for _, b := range blocks {
			if b.Service != name || b.Set == "light" { continue }
			p, err := m.Mechanism(context.Background(), b)
			if err != nil { t.Fatal(err) }
			q, err := m.Predict(context.Background(), b)
			if err != nil { t.Fatal(err) }
			w := b.figures()
			e := func(p *Prediction) (o [4]int) { for i := range o { o[i] = int(100*(p.Figures[i]/w[i]-1)) }; return }
			in := ""
			for i := range w { if q.Lo[i] <= w[i] && w[i] <= q.Hi[i] { in += "y" } else { in += "n" } }
			t.Logf("%s: %.4g mech %v full %v %s lo %.3g hi %.3g limit %s %s %s", b.Name(), w, e(p), e(q), in, q.Lo, q.Hi, b.Limit(2), p.Limit, q.Limit)
		}
	}
}
