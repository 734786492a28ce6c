package kubernetes

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/evidence/nginxconf"
	"github.com/k9mil/velocitas/internal/strict"
)

// fileBytes is the most that a file may have: kubectl get -A -o yaml writes much.
const fileBytes = 16 << 20

// Read reads the objects of all files: YAML of several documents, or JSON. The error
// is one line with the place of what is wrong.
func Read(ctx context.Context, files ...string) (*Objects, error) {
	var o Objects
	for _, file := range files {
		data, err := strict.ReadFile(ctx, file, fileBytes)
		if err != nil {
			return nil, err
		}
		if err := o.read(file, data); err != nil {
			return nil, err
		}
	}
	return &o, nil
}

func (o *Objects) read(file string, data []byte) error {
	docs, err := strict.Foreign(file, data)
	if err != nil {
		return templated(err, data)
	}
	for _, d := range docs {
		if err := o.object(d); err != nil {
			return templated(err, data)
		}
	}
	return nil
}

// templated says what a file is that a tool makes manifests of, if that is why it
// cannot be read.
func templated(err error, data []byte) error {
	var wrong *strict.Error
	if bytes.Contains(data, []byte("{{")) && errors.As(err, &wrong) {
		return &strict.Error{File: wrong.File, Line: wrong.Line, Problem: "is a template, not a manifest; give what comes of it: helm template CHART > all.yaml"}
	}
	return err
}

// object reads one object, or those of a list.
func (o *Objects) object(d *strict.Document) error {
	var h header
	if err := d.Decode(&h); err != nil {
		return err
	}
	if h.Kind == "" {
		return d.Fault("kind", "is missing; want a manifest with apiVersion and kind")
	}
	if items := d.Items("items"); items != nil && strings.HasSuffix(h.Kind, "List") {
		for _, item := range items {
			if err := o.object(item); err != nil {
				return err
			}
		}
		return nil
	}
	at := func(path string) nginxconf.Place {
		line, _ := d.Place(path)
		return nginxconf.Place{File: d.File, Line: line}
	}
	has := func(path string) bool {
		_, given := d.Place(path)
		return given
	}
	return o.keep(d, h, Object{
		Place: at("kind"), Kind: h.Kind, Name: cmp.Or(h.Metadata.Name, h.Metadata.GenerateName),
		Namespace: cmp.Or(h.Metadata.Namespace, "default"), Annotations: h.Metadata.Annotations, At: at, Has: has,
	})
}

// keep reads what is wanted of an object of its kind.
func (o *Objects) keep(d *strict.Document, h header, x Object) error {
	switch h.Kind {
	case "Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "DaemonSet", "Rollout":
		return o.workload(d, x)
	case "Pod":
		var p podManifest
		if err := d.Decode(&p); err != nil {
			return err
		}
		return o.runs(d, Workload{Object: x, Replicas: 1, labels: h.Metadata.Labels, pod: p.Spec, podPath: "spec"})
	case "Service":
		return o.service(d, x)
	case "Ingress":
		return o.ingress(d, x)
	case "HorizontalPodAutoscaler", "ScaledObject":
		return o.autoscaler(d, x)
	case "ConfigMap":
		c := configManifest{}
		if err := d.Decode(&c); err != nil {
			return err
		}
		o.configs = append(o.configs, config{x, c.Data})
		for _, key := range sorted(c.Data) {
			if strings.Contains(c.Data[key], "proxy_pass") {
				o.note(x.At("data"), "ConfigMap "+x.Name, key+" is an nginx configuration, which is not read from here; give it as a file of its own beside the manifests")
			}
		}
	case "LimitRange":
		return o.limitRange(d, x)
	case "Kustomization":
		return d.Fault("kind", "is a kustomization, not a manifest; give what comes of it: kubectl kustomize . > all.yaml")
	default:
		if !slices.Contains(inert, h.Kind) {
			o.note(x.Place, x.Kind+" "+x.Name, cmp.Or(unmodelled[h.Kind], "objects of this kind are not read"))
		}
	}
	return nil
}

// inert are kinds that say nothing of how a service performs.
var inert = []string{
	"Namespace", "Secret", "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition",
	"PersistentVolume", "PersistentVolumeClaim", "StorageClass", "IngressClass", "Certificate", "Issuer", "ClusterIssuer", "ServiceMonitor",
	"PodMonitor", "PrometheusRule", "PriorityClass", "Event", "Endpoints", "EndpointSlice", "ControllerRevision", "ExternalSecret", "SealedSecret",
}

// unmodelled are kinds that do, and what that means.
var unmodelled = map[string]string{
	"Job":                          "what it takes of the nodes is not modelled",
	"CronJob":                      "what it takes of the nodes is not modelled",
	"PodDisruptionBudget":          "disruptions are not modelled unless the scenario's events say so",
	"NetworkPolicy":                "who may talk to whom is not modelled",
	"ResourceQuota":                "it can keep pods from being made, which is not modelled",
	"VerticalPodAutoscaler":        "it changes requests and limits, which stay as they are here",
	"HTTPRoute":                    "the Gateway API is not read; the balancer is what the Service or an Ingress says",
	"Gateway":                      "the Gateway API is not read; the balancer is what the Service or an Ingress says",
	"VirtualService":               "Istio's routing, time-outs and retries are not read",
	"DestinationRule":              "Istio's balancing, connection pools and ejection of instances are not read",
	"IngressRoute":                 "Traefik's own routes are not read; the balancer is what the Service or an Ingress says",
	"PodSecurityPolicy":            "what pods may do is not modelled",
	"MutatingWebhookConfiguration": "what it changes of pods is not known",
}

func (o *Objects) note(at nginxconf.Place, what, why string) {
	o.Notes = append(o.Notes, nginxconf.Note{Place: at, Directive: what, Why: why})
}

func (o *Objects) workload(d *strict.Document, x Object) error {
	var w workloadSpec
	if err := d.Decode(&w); err != nil {
		return err
	}
	n := 1
	if w.Spec.Replicas != nil {
		n = *w.Spec.Replicas
	}
	if n < 0 || n > 10_000 {
		return d.Fault("spec.replicas", "wants 0 to 10000 pods, not %d", n)
	}
	if x.Kind == "DaemonSet" {
		n = -1
	}
	return o.runs(d, Workload{Object: x, Replicas: n, labels: w.Spec.Template.Metadata.Labels, pod: w.Spec.Template.Spec, podPath: "spec.template.spec"})
}

func (o *Objects) runs(d *strict.Document, w Workload) error {
	if len(w.pod.Containers) == 0 {
		return d.Fault(w.podPath+".containers", "is missing: %s %s runs no container", w.Kind, w.Name)
	}
	o.Workloads = append(o.Workloads, w)
	return nil
}

func (o *Objects) service(d *strict.Document, x Object) error {
	var s serviceSpec
	if err := d.Decode(&s); err != nil {
		return err
	}
	o.Services = append(o.Services, Service{
		Object: x, Type: cmp.Or(s.Spec.Type, "ClusterIP"), Headless: s.Spec.ClusterIP == "None", ClientIP: s.Spec.SessionAffinity == "ClientIP",
		selector: s.Spec.Selector, ports: s.Spec.Ports,
	})
	return nil
}

func (o *Objects) ingress(d *strict.Document, x Object) error {
	var s ingressSpec
	if err := d.Decode(&s); err != nil {
		return err
	}
	in := Ingress{Object: x, Class: cmp.Or(s.Spec.IngressClassName, x.Annotations["kubernetes.io/ingress.class"])}
	var root, others []string
	for _, r := range s.Spec.Rules {
		for _, p := range r.HTTP.Paths {
			if p.Path == "/" || p.Path == "" {
				root = append(root, p.Backend.name())
			} else {
				others = append(others, p.Backend.name())
			}
		}
	}
	for _, name := range slices.Concat(root, []string{s.Spec.DefaultBackend.name(), s.Spec.Backend.name()}, others) {
		if name != "" && !slices.Contains(in.Backends, name) {
			in.Backends = append(in.Backends, name)
		}
	}
	o.Ingresses = append(o.Ingresses, in)
	return nil
}

func (o *Objects) autoscaler(d *strict.Document, x Object) error {
	var s autoscalerSpec
	if err := d.Decode(&s); err != nil {
		return err
	}
	a := Autoscaler{Object: x, Min: 1, Max: s.Spec.MaxReplicas, Target: s.Spec.ScaleTargetRef.Name, CPUUtilisation: s.Spec.Utilisation}
	least, most := s.Spec.MinReplicas, "spec.maxReplicas"
	if x.Kind == "ScaledObject" {
		a.Min, a.Max, least, most = 0, 100, s.Spec.MinReplicaCount, "spec.maxReplicaCount"
		if s.Spec.MaxReplicaCount != nil {
			a.Max = *s.Spec.MaxReplicaCount
		}
	}
	if least != nil {
		a.Min = *least
	}
	if a.Max < 1 || a.Max > 10_000 || a.Min < 0 || a.Min > a.Max {
		return d.Fault(most, "wants 1 to 10000 pods, at least as many as the minimum, not %d with a minimum of %d", a.Max, a.Min)
	}
	if a.Target == "" {
		return d.Fault("spec.scaleTargetRef.name", "is missing: nothing is scaled")
	}
	for _, m := range s.Spec.Metrics {
		a.aim(m)
	}
	if s.Spec.Utilisation > 0 {
		a.Aims = append(a.Aims, fmt.Sprintf("%d %% of the CPU request", s.Spec.Utilisation))
	}
	for _, t := range s.Spec.Triggers {
		a.Aims = append(a.Aims, "its trigger "+t.Type)
	}
	if len(a.Aims) == 0 && x.Kind != "ScaledObject" {
		a.CPUUtilisation, a.Aims = 80, []string{"80 % of the CPU request, by default"}
	}
	o.Autoscalers = append(o.Autoscalers, a)
	return nil
}

// aim adds what a metric aims at.
func (a *Autoscaler) aim(m metric) {
	what, t := "", metricTarget{}
	switch m.Type {
	case "Resource", "ContainerResource":
		r := m.Resource
		if m.Type == "ContainerResource" {
			r = m.ContainerResource
		}
		t = r.Target
		t.Utilisation = cmp.Or(t.Utilisation, r.Utilisation)
		if r.Name == "cpu" && t.Utilisation > 0 {
			a.CPUUtilisation = t.Utilisation
		}
		if what = r.Name; what == "cpu" {
			what = "CPU"
		}
	case "Pods":
		what, t = m.Pods.Metric.Name, m.Pods.Target
	case "Object":
		what, t = m.Object.Metric.Name, m.Object.Target
	case "External":
		what, t = m.External.Metric.Name, m.External.Target
	default:
		what = "a metric of type " + strict.Quote(m.Type)
	}
	switch {
	case t.Utilisation > 0:
		what = fmt.Sprintf("%d %% of the %s request", t.Utilisation, what)
	case t.AverageValue != "":
		what = t.AverageValue + " of " + what + " a pod"
	case t.Value != "":
		what = t.Value + " of " + what
	}
	a.Aims = append(a.Aims, what)
}

func (o *Objects) limitRange(d *strict.Document, x Object) error {
	var s limitRangeSpec
	if err := d.Decode(&s); err != nil {
		return err
	}
	for i, l := range s.Spec.Limits {
		if l.Type == "Container" && l.Default.CPU != nil {
			o.limits = append(o.limits, limitRange{x, *l.Default.CPU, fmt.Sprintf("spec.limits[%d].default.cpu", i)})
		}
	}
	return nil
}
