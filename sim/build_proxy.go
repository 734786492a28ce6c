package sim

import (
	"strconv"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/nginx"
)

// buildProxy describes nginx.
func (c *system) buildProxy(s *scenarios.Scenario, p *model.Profile, n int) error {
	b := s.Balancer
	policy, err := nginx.ParsePolicy(b.Policy)
	if err != nil {
		return err
	}
	conditions, err := nginx.ParseConditions(b.NextUpstream...)
	if err != nil {
		return err
	}
	c.proxy = nginx.Config{
		Policy: policy, Workers: b.Workers, Zone: b.Zone,
		NextUpstream: conditions, Tries: b.NextUpstreamTries, NextTimeoutNs: int64(b.NextUpstreamTimeout),
		WorkerConnections: b.WorkerConnections, Keepalive: b.Keepalive,
	}
	weights := 0
	for i := range n {
		c.proxy.Peers = append(c.proxy.Peers, peer(s, i+1, c.overrides[i]))
		weights += c.proxy.Peers[i].Weight
	}
	if err := c.proxy.Validate(); err != nil {
		return err
	}
	if policy == nginx.HashConsistent {
		c.shared += nginx.RingBytes(weights)
	}
	visit := costNs(b.Cost, p.Balancer.DemandNs) / s.Speed / 2
	c.workerNs = wholeNs(visit)
	c.connectNs = int64(costNs(b.Connect, p.Balancer.ConnectNs))
	for range max(1, b.Workers) {
		c.demandNs = append(c.demandNs, c.workerNs)
	}
	for _, ns := range []float64{c.generatorNs, c.closingNs} {
		if ns > 0 {
			c.demandNs = append(c.demandNs, ns)
		}
	}
	c.buildKeys(s, policy)
	return nil
}

func costNs(c scenarios.Cost, profileNs int64) float64 {
	if c.Profile {
		return float64(profileNs)
	}
	return float64(c.Ns)
}

// peer is nginx's server line for an instance, with its override if it has one.
func peer(s *scenarios.Scenario, instance int, o *scenarios.Override) nginx.Peer {
	p := nginx.DefaultPeer("instance-" + strconv.Itoa(instance) + ":3000")
	p.MaxFails, p.MaxConns = s.Balancer.MaxFails, s.Balancer.MaxConns
	p.FailTimeoutS = int64(s.Balancer.FailTimeout) / 1e9
	if o == nil {
		return p
	}
	if o.Weight > 0 {
		p.Weight = o.Weight
	}
	if o.MaxFails != nil {
		p.MaxFails = *o.MaxFails
	}
	if o.FailTimeout > 0 {
		p.FailTimeoutS = int64(o.FailTimeout) / 1e9
	}
	if o.MaxConns > 0 {
		p.MaxConns = o.MaxConns
	}
	p.Backup, p.Down = o.Backup, o.Down
	return p
}

// buildKeys works out the keys that requests bring, for policies that hash.
func (c *system) buildKeys(s *scenarios.Scenario, policy nginx.Policy) {
	if !policy.Keyed() {
		return
	}
	c.keyed = s.Load.HashKeys
	if policy == nginx.IPHash {
		c.keyed = s.Load.Networks
	}
	if c.keyed > keysMost {
		return
	}
	for i := range c.keyed {
		c.keys = append(c.keys, policy.Key(scenarios.NetworkAddress(i), scenarios.HashKey(i)))
	}
}

// keysMost bounds the keys that are worked out beforehand.
const keysMost = 1 << 14
