package sim

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A replication is a pure function of its system. The test reads the source of
// this package and of those below it, and refuses whatever could make it
// anything else: clocks, random numbers other than the named streams, the order
// of maps, goroutines, the outside world, and functions of package math whose
// last bits differ between processors.

// forbiddenImports are packages, each with all below it.
var forbiddenImports = []string{"math/rand", "crypto/rand", "os", "net/http", "io/ioutil", "syscall", "unsafe", "runtime", "sync", "log"}

// allowedImports are exceptions, by file.
var allowedImports = map[string][]string{
	"parallel.go": {"runtime", "sync"}, // replications side by side
	"counter.go":  {"sync"},            // progress, of which nothing depends
	"several.go":  {"sync/atomic"},     // whether replications side by side have room
}

// allowedGo are the files in which goroutines may be started.
var allowedGo = []string{"parallel.go"}

// exactMath are the functions of package math that give the same bits
// everywhere: IEEE 754 prescribes their results, or they only move bits.
var exactMath = []string{"Abs", "Ceil", "Copysign", "Float64bits", "Float64frombits", "Floor", "Frexp", "Inf", "IsInf", "IsNaN",
	"Ldexp", "Max", "Min", "Modf", "NaN", "Round", "RoundToEven", "Signbit", "Sqrt", "Trunc"}

// plainTime are the names of package time that have nothing to do with a clock.
var plainTime = []string{"Duration", "Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour", "ParseDuration"}

// impurities lists what the source of one package does that it may not.
func impurities(fset *token.FileSet, files []*ast.File, info *types.Info) []string {
	var found []string
	for _, f := range files {
		name := filepath.Base(fset.Position(f.Pos()).Filename)
		say := func(at ast.Node, format string, args ...any) {
			found = append(found, fmt.Sprintf("%s: %s", fset.Position(at.Pos()), fmt.Sprintf(format, args...)))
		}
		checkImports(f, name, say)
		checkVariables(f, info, say)
		ast.Inspect(f, func(n ast.Node) bool {
			checkNode(n, name, info, say)
			return true
		})
	}
	return found
}

type complaint func(at ast.Node, format string, args ...any)

func checkImports(f *ast.File, name string, say complaint) {
	for _, spec := range f.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		if slices.Contains(allowedImports[name], path) {
			continue
		}
		for _, bad := range forbiddenImports {
			if path == bad || strings.HasPrefix(path, bad+"/") {
				say(spec, "imports %s", path)
			}
		}
	}
}

// checkVariables refuses that anything assigns to a variable of the package or
// takes its address: it would carry something from one replication to the next.
func checkVariables(f *ast.File, info *types.Info, say complaint) {
	global := func(e ast.Expr) *ast.Ident {
		for {
			switch x := e.(type) {
			case *ast.IndexExpr:
				e = x.X
			case *ast.SelectorExpr:
				e = x.X
			case *ast.StarExpr:
				e = x.X
			case *ast.ParenExpr:
				e = x.X
			case *ast.Ident:
				v, ok := info.Uses[x].(*types.Var)
				if ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
					return x
				}
				return nil
			default:
				return nil
			}
		}
	}
	refuse := func(at ast.Node, e ast.Expr) {
		if id := global(e); id != nil {
			say(at, "changes the package's variable %s", id.Name)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				refuse(n, left)
			}
		case *ast.IncDecStmt:
			refuse(n, n.X)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				refuse(n, n.X)
			}
		case *ast.CallExpr: // a method with a pointer receiver
			if s, ok := n.Fun.(*ast.SelectorExpr); ok {
				if m, ok := info.Selections[s]; ok && m.Kind() == types.MethodVal && pointerReceiver(m) {
					if _, isPointer := info.Types[s.X].Type.Underlying().(*types.Pointer); !isPointer {
						refuse(n, s.X)
					}
				}
			}
		}
		return true
	})
}

func pointerReceiver(m *types.Selection) bool {
	r := m.Obj().(*types.Func).Signature().Recv()
	_, ok := r.Type().(*types.Pointer)
	return ok
}

func checkNode(n ast.Node, name string, info *types.Info, say complaint) {
	switch n := n.(type) {
	case *ast.GoStmt:
		if !slices.Contains(allowedGo, name) {
			say(n, "starts a goroutine")
		}
	case *ast.SelectStmt:
		say(n, "selects")
	case *ast.RangeStmt:
		if unknown(info, n.X) {
			say(n, "ranges over something of unknown type")
		} else if _, ok := info.Types[n.X].Type.Underlying().(*types.Map); ok {
			say(n, "ranges over a map")
		}
	case *ast.SelectorExpr:
		checkName(n, info, say)
	case *ast.BinaryExpr:
		checkFusing(n, info, say)
	case *ast.AssignStmt:
		if (n.Tok == token.ADD_ASSIGN || n.Tok == token.SUB_ASSIGN) && isFloat(info, n.Lhs[0]) && isProduct(n.Rhs[0]) {
			say(n, "adds a product that is not converted: processors may fuse the two")
		}
	}
}

// checkName looks at what is used of other packages.
func checkName(n *ast.SelectorExpr, info *types.Info, say complaint) {
	x, ok := n.X.(*ast.Ident)
	if !ok {
		return
	}
	p, ok := info.Uses[x].(*types.PkgName)
	if !ok {
		return
	}
	switch path := p.Imported().Path(); {
	case path == "time" && !slices.Contains(plainTime, n.Sel.Name):
		say(n, "uses time.%s", n.Sel.Name)
	case path == "maps":
		say(n, "uses maps.%s, whose order is not set", n.Sel.Name)
	case path == "math" && !slices.Contains(exactMath, n.Sel.Name):
		if _, constant := info.Uses[n.Sel].(*types.Const); !constant {
			say(n, "uses math.%s, whose last bits differ between processors", n.Sel.Name)
		}
	}
}

// checkFusing refuses x*y + z of floating point without a conversion of the
// product, which arm64 does in one rounding and amd64 in two.
func checkFusing(n *ast.BinaryExpr, info *types.Info, say complaint) {
	if n.Op != token.ADD && n.Op != token.SUB || !isFloat(info, n) || info.Types[n].Value != nil {
		return
	}
	if isProduct(n.X) && info.Types[n.X].Value == nil || isProduct(n.Y) && info.Types[n.Y].Value == nil {
		say(n, "adds a product that is not converted: processors may fuse the two")
	}
}

// unknown tells whether a type depends on a package that was not looked into.
func unknown(info *types.Info, e ast.Expr) bool {
	t := info.Types[e].Type
	return t == nil || t == types.Typ[types.Invalid]
}

// isFloat tells whether an expression is, or may be, of floating point.
func isFloat(info *types.Info, e ast.Expr) bool {
	if unknown(info, e) {
		return true
	}
	b, ok := info.Types[e].Type.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsFloat != 0
}

func isProduct(e ast.Expr) bool {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.UnaryExpr:
			e = x.X
		case *ast.BinaryExpr:
			return x.Op == token.MUL
		default:
			return false
		}
	}
}

// world gives the packages that the source imports: the standard library as
// compiled, those of this module from their source, and of all others no more
// than the name. What depends on those has no known type.
type world struct {
	standard types.Importer
	seen     map[string]*types.Package
}

func newWorld() *world {
	return &world{importer.Default(), map[string]*types.Package{}}
}

const module = "github.com/k9mil/velocitas/"

func (w *world) Import(path string) (*types.Package, error) {
	if p := w.seen[path]; p != nil {
		return p, nil
	}
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return w.standard.Import(path)
	}
	p := types.NewPackage(path, filepath.Base(path))
	if inside, ok := strings.CutPrefix(path, module); ok {
		fset := token.NewFileSet()
		files, err := parsed(fset, sourcesIn(filepath.Join("..", inside)))
		if err != nil {
			return nil, err
		}
		p, _ = w.config().Check(path, fset, files, nil)
	}
	p.MarkComplete()
	w.seen[path] = p
	return p, nil
}

// config goes on after an error: a name in a package not looked into is one.
func (w *world) config() *types.Config {
	return &types.Config{Importer: w, Error: func(error) {}}
}

func sourcesIn(dir string) map[string]any {
	sources := map[string]any{}
	names, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			sources[name] = nil
		}
	}
	return sources
}

func parsed(fset *token.FileSet, sources map[string]any) (files []*ast.File, err error) {
	for name, text := range sources {
		f, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// checked lists the impurities of one package.
func checked(t *testing.T, w *world, path string, sources map[string]any) []string {
	t.Helper()
	fset := token.NewFileSet()
	files, err := parsed(fset, sources)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{},
		Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	_, _ = w.config().Check(path, fset, files, info)
	found := impurities(fset, files, info)
	slices.Sort(found)
	return found
}

// foldersBelow are the folders of this package and of those below it.
func foldersBelow(t *testing.T) (dirs []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && len(sourcesIn(path)) > 0 {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

func TestPure(t *testing.T) {
	dirs := foldersBelow(t)
	for _, dir := range []string{".", "nginx", "random"} {
		if !slices.Contains(dirs, dir) {
			t.Fatalf("the source of %s was not found", dir)
		}
	}
	w := newWorld()
	for _, dir := range append(dirs, "../scenarios/rate") { // which draws with the same bits, too
		for _, problem := range checked(t, w, module+"sim/"+dir, sourcesIn(dir)) {
			t.Error(problem)
		}
	}
}

// Every rule finds an example planted for it, and leaves alone what is allowed.
func TestPureFinds(t *testing.T) {
	w := newWorld()
	for _, row := range []struct{ name, source, want string }{
		{"a clock", `import "time"; func f() time.Time { return time.Now() }`, "time.Now"},
		{"a pause", `import "time"; func f() { time.Sleep(1) }`, "time.Sleep"},
		{"a timer", `import "time"; func f() { <-time.After(1) }`, "time.After"},
		{"a stopwatch", `import "time"; func f(t time.Time) time.Duration { return time.Since(t) }`, "time.Since"},
		{"another name for the clock", `import clock "time"; func f() clock.Time { return clock.Now() }`, "time.Now"},
		{"random numbers of the library", `import "math/rand/v2"; func f() int { return rand.Int() }`, "imports math/rand/v2"},
		{"the older ones", `import "math/rand"; func f() int { return rand.Int() }`, "imports math/rand"},
		{"the system's", `import "crypto/rand"; var R = rand.Reader`, "imports crypto/rand"},
		{"the environment", `import "os"; func f() string { return os.Getenv("X") }`, "imports os"},
		{"the network", `import "net/http"; var C http.Client`, "imports net/http"},
		{"locks", `import "sync"; var M sync.Mutex`, "imports sync"},
		{"what is not known to have an order", `import "example.com/x"; func f() { for range x.All() { } }`, "unknown type"},
		{"a map's order", `func f(m map[int]int) { for range m { } }`, "ranges over a map"},
		{"of a named type", `type set map[string]bool; func f(s set) { for k := range s { _ = k } }`, "ranges over a map"},
		{"behind a function", `import "maps"; func f(m map[int]int) { for k := range maps.Keys(m) { _ = k } }`, "maps.Keys"},
		{"a goroutine", `func f() { go f() }`, "starts a goroutine"},
		{"a choice among channels", `func f(c chan int) { select { case <-c: default: } }`, "selects"},
		{"a variable that changes", `var n int; func f() { n = 1 }`, "changes the package's variable n"},
		{"that counts", `var n int; func f() { n++ }`, "changes the package's variable n"},
		{"inside a table", `var n [3]int; func f() { n[1] += 2 }`, "changes the package's variable n"},
		{"through its address", `var n int; func f() *int { return &n }`, "changes the package's variable n"},
		{"through a method", `type c struct{ n int }; func (c *c) next() { c.n++ }; var state c; func f() { state.next() }`, "changes the package's variable state"},
		{"a logarithm", `import "math"; func f(x float64) float64 { return math.Log(x) }`, "math.Log"},
		{"an exponential", `import "math"; func f(x float64) float64 { return math.Exp(x) }`, "math.Exp"},
		{"a power", `import "math"; func f(x float64) float64 { return math.Pow(x, 2) }`, "math.Pow"},
		{"a sine", `import "math"; func f(x float64) float64 { return math.Sin(x) }`, "math.Sin"},
		{"as a value", `import "math"; var F = math.Tan`, "math.Tan"},
		{"one rounding", `import "math"; func f(x float64) float64 { return math.FMA(x, x, x) }`, "math.FMA"},
		{"a product to be fused", `func f(x, y, z float64) float64 { return x*y + z }`, "adds a product"},
		{"on the right", `func f(x, y, z float64) float64 { return z - (x*y) }`, "adds a product"},
		{"into a sum", `func f(x, y, z float64) float64 { z += x*y; return z }`, "adds a product"},
		{"of smaller floats", `func f(x, y, z float32) float32 { return x*y + z }`, "adds a product"},

		{"what is allowed", `import ("math"; "time")
			const wait = 3 * time.Second
			var table = [2]int{1, 2}
			type counter struct{ n int }
			func (c *counter) next() { c.n++ }
			func f(x, y, z float64, c counter, m map[int]int, n []int) float64 {
				n[0] = table[1] + m[3]*4
				c.next()
				for range n { }
				return math.Sqrt(float64(x*y) + z) + math.Pi - 2*3.5 + float64(wait)
			}`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			found := checked(t, w, "planted", map[string]any{"planted.go": "package planted\n" + row.source})
			switch {
			case row.want == "" && len(found) > 0:
				t.Errorf("refused: %v", found)
			case row.want != "" && !strings.Contains(strings.Join(found, "\n"), row.want):
				t.Errorf("not refused for %q: %v", row.want, found)
			}
		})
	}
}
