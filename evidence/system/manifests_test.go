package system_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/evidence/kubernetes"
	"github.com/k9mil/velocitas/evidence/system"
	"github.com/k9mil/velocitas/scenarios"
)

// What manifests say is written down, and is a scenario once the unknown is filled in.
func TestManifests(t *testing.T) {
	files, err := filepath.Glob("testdata/manifests/*.*")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".golden") {
			continue
		}
		read++
		o, err := kubernetes.Read(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := system.FromManifests(nil, o, []string{file}, "", system.Known{})
		if err != nil {
			t.Fatal(err)
		}
		text, unknowns := s.YAML()
		golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".golden"
		if *update {
			if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if text != string(want) {
			t.Errorf("%s reads\n%s\nand is to be\n%s", file, text, want)
		}
		if _, err := scenarios.Parse(file, []byte(filledIn(text))); err != nil {
			t.Errorf("%s: %v, with %d unknown filled in", file, err, unknowns)
		}
	}
	if read < 2 {
		t.Errorf("%d manifests", read)
	}
}

func TestManifestsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"apiVersion: v1\nkind: Service\nmetadata: {name: a}\n":                                    "no Deployment",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: many}\n":    "spec.replicas",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 2}\n":       "runs no container",
		"apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: {{ .Values.replicas }}\n":      "is a template",
		"resources: [a.yaml]\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n": "kustomize",
		"apiVersion: v1\n": "kind",
		"apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, resources: {limits: {cpu: x}}}]}\n": "cpu",
	} {
		file := filepath.Join(t.TempDir(), "m.yaml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		o, err := kubernetes.Read(t.Context(), file)
		if err == nil {
			_, err = system.FromManifests(nil, o, []string{file}, "", system.Known{})
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
