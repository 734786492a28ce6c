// Package kubernetes reads manifests: what they say of a service that matters to how
// it scales, with the place of each value. It answers which pods serve requests, how
// many there are, what they may use, and how requests come to them.
//
// Read are Deployment, StatefulSet, ReplicaSet, ReplicationController, DaemonSet, Pod
// and Argo's Rollout; Service; Ingress; HorizontalPodAutoscaler and KEDA's
// ScaledObject; ConfigMap, for the environment of containers; LimitRange, for limits
// by default; and lists of all these. CPU is in cores. Templates are not rendered: of a
// Helm chart or a kustomization the output is wanted. Nothing asks a cluster.
//
// Start reading at [Read].
package kubernetes
