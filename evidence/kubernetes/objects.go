package kubernetes

import "github.com/k9mil/velocitas/evidence/nginxconf"

// Objects are those of all files, each kind in the order of the files.
type Objects struct {
	Workloads   []Workload
	Services    []Service
	Ingresses   []Ingress
	Autoscalers []Autoscaler
	// Notes are what is in the files and not modelled, whatever the question.
	Notes []nginxconf.Note

	configs []config
	limits  []limitRange
}

// Object is what all have.
type Object struct {
	nginxconf.Place
	Kind, Name, Namespace string
	Annotations           map[string]string
	// At is where a value of it is, by its path, such as spec.replicas; the nearest
	// part around it where it is not given.
	At func(path string) nginxconf.Place
	// Has tells whether it is given.
	Has func(path string) bool
}

// Workload is something that runs pods.
type Workload struct {
	Object
	// Replicas is 1 where it does not say, -1 of a DaemonSet, which has one a node.
	Replicas int
	labels   map[string]string
	pod      podSpec
	podPath  string // of the pod's spec, within the object
}

// Service is an address for pods.
type Service struct {
	Object
	// Type is ClusterIP, NodePort, LoadBalancer or ExternalName.
	Type string
	// Headless has no address of its own: its name stands for those of all pods.
	Headless bool
	// ClientIP keeps a client at its pod.
	ClientIP bool
	selector map[string]string
	ports    []servicePort
}

// Ingress is a proxy's rule for a service.
type Ingress struct {
	Object
	// Class is "" where none is given.
	Class string
	// Backends are the names of services, in the order of the rules, that of / before
	// all others.
	Backends []string
}

// Autoscaler changes the number of a workload's pods.
type Autoscaler struct {
	Object
	Min, Max int
	// Target is the workload's name; Aims are what it aims at, in words.
	Target string
	Aims   []string
	// CPUUtilisation is the target in per cent of the pods' CPU request, 0 for none.
	CPUUtilisation int
}

type config struct {
	Object
	data map[string]string
}

type limitRange struct {
	Object
	cpu  Quantity
	path string
}

// The rest are manifests as they are written, as far as they are wanted.

type header struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name         string            `json:"name"`
		GenerateName string            `json:"generateName"`
		Namespace    string            `json:"namespace"`
		Annotations  map[string]string `json:"annotations"`
		Labels       map[string]string `json:"labels"`
	} `json:"metadata"`
}

type workloadSpec struct {
	Spec struct {
		Replicas *int `json:"replicas"`
		Template struct {
			Metadata struct {
				Labels map[string]string `json:"labels"`
			} `json:"metadata"`
			Spec podSpec `json:"spec"`
		} `json:"template"`
	} `json:"spec"`
}

type podManifest struct {
	Spec podSpec `json:"spec"`
}

type podSpec struct {
	Containers     []container `json:"containers"`
	InitContainers []container `json:"initContainers"`
	Resources      resources   `json:"resources"`
	HostNetwork    bool        `json:"hostNetwork"`
}

type container struct {
	Name           string      `json:"name"`
	Image          string      `json:"image"`
	Command        []string    `json:"command"`
	Args           []string    `json:"args"`
	Env            []variable  `json:"env"`
	EnvFrom        []variables `json:"envFrom"`
	Ports          []port      `json:"ports"`
	Resources      resources   `json:"resources"`
	ReadinessProbe *probe      `json:"readinessProbe"`
	LivenessProbe  *probe      `json:"livenessProbe"`
	StartupProbe   *probe      `json:"startupProbe"`
	RestartPolicy  string      `json:"restartPolicy"`
}

type resources struct {
	Limits   cpuQuantity `json:"limits"`
	Requests cpuQuantity `json:"requests"`
}

type cpuQuantity struct {
	CPU *Quantity `json:"cpu"`
}

type port struct {
	Name          string `json:"name"`
	ContainerPort int    `json:"containerPort"`
}

type variable struct {
	Name      string `json:"name"`
	Value     string `json:"value"`
	ValueFrom struct {
		ConfigMapKeyRef struct {
			Name string `json:"name"`
			Key  string `json:"key"`
		} `json:"configMapKeyRef"`
		ResourceFieldRef struct {
			ContainerName string    `json:"containerName"`
			Resource      string    `json:"resource"`
			Divisor       *Quantity `json:"divisor"`
		} `json:"resourceFieldRef"`
	} `json:"valueFrom"`
}

type variables struct {
	Prefix       string `json:"prefix"`
	ConfigMapRef struct {
		Name string `json:"name"`
	} `json:"configMapRef"`
}

type probe struct {
	InitialDelaySeconds int `json:"initialDelaySeconds"`
	PeriodSeconds       int `json:"periodSeconds"`
	TimeoutSeconds      int `json:"timeoutSeconds"`
	FailureThreshold    int `json:"failureThreshold"`
}

type serviceSpec struct {
	Spec struct {
		Type            string            `json:"type"`
		ClusterIP       string            `json:"clusterIP"`
		SessionAffinity string            `json:"sessionAffinity"`
		Selector        map[string]string `json:"selector"`
		Ports           []servicePort     `json:"ports"`
	} `json:"spec"`
}

type servicePort struct {
	Port       int    `json:"port"`
	TargetPort string `json:"targetPort"` // a number or a name
}

type ingressSpec struct {
	Spec struct {
		IngressClassName string         `json:"ingressClassName"`
		DefaultBackend   ingressBackend `json:"defaultBackend"`
		Backend          ingressBackend `json:"backend"` // extensions/v1beta1
		Rules            []struct {
			HTTP struct {
				Paths []struct {
					Path    string         `json:"path"`
					Backend ingressBackend `json:"backend"`
				} `json:"paths"`
			} `json:"http"`
		} `json:"rules"`
	} `json:"spec"`
}

type ingressBackend struct {
	Service struct {
		Name string `json:"name"`
	} `json:"service"`
	ServiceName string `json:"serviceName"` // before networking.k8s.io/v1
}

func (b ingressBackend) name() string {
	if b.Service.Name != "" {
		return b.Service.Name
	}
	return b.ServiceName
}

type autoscalerSpec struct {
	Spec struct {
		ScaleTargetRef struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
		MinReplicas *int     `json:"minReplicas"`
		MaxReplicas int      `json:"maxReplicas"`
		Utilisation int      `json:"targetCPUUtilizationPercentage"` // autoscaling/v1
		Metrics     []metric `json:"metrics"`
		// KEDA's
		MinReplicaCount *int `json:"minReplicaCount"`
		MaxReplicaCount *int `json:"maxReplicaCount"`
		Triggers        []struct {
			Type string `json:"type"`
		} `json:"triggers"`
	} `json:"spec"`
}

type metric struct {
	Type              string         `json:"type"`
	Resource          resourceMetric `json:"resource"`
	ContainerResource resourceMetric `json:"containerResource"`
	Pods              namedMetric    `json:"pods"`
	Object            namedMetric    `json:"object"`
	External          namedMetric    `json:"external"`
}

type resourceMetric struct {
	Name   string       `json:"name"`
	Target metricTarget `json:"target"`
	// autoscaling/v2beta1
	Utilisation int `json:"targetAverageUtilization"`
}

type namedMetric struct {
	Metric struct {
		Name string `json:"name"`
	} `json:"metric"`
	Target metricTarget `json:"target"`
}

type metricTarget struct {
	Type         string `json:"type"`
	Utilisation  int    `json:"averageUtilization"`
	AverageValue string `json:"averageValue"`
	Value        string `json:"value"`
}

type configManifest struct {
	Data map[string]string `json:"data"`
}

type limitRangeSpec struct {
	Spec struct {
		Limits []struct {
			Type    string      `json:"type"`
			Default cpuQuantity `json:"default"`
		} `json:"limits"`
	} `json:"spec"`
}
