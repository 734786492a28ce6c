package sim

import (
	"strconv"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/scenarios/balancing"
	"github.com/k9mil/velocitas/sim/nginx"
)

// buildProxy describes nginx.
func (c *system) buildProxy(s *scenarios.Scenario, p *model.Profile, n int) error {
	b := s.Balancer
	policy, err := balancing.Parse(b.Policy)
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
	for i, it := range s.InstancesAt(n) {
		c.proxy.Peers = append(c.proxy.Peers, peer(i+1, it))
		weights += c.proxy.Peers[i].Weight
	}
	if err := c.proxy.Validate(); err != nil {
		return err
	}
	if policy == balancing.HashConsistent {
		c.shared += nginx.RingBytes(weights)
	}
	visit := costNs(b.Cost, p.Balancer.DemandNs) / s.Speed / 2
	c.workerNs = wholeNs(visit)
	c.connectNs = int64(costNs(b.Connect, p.Balancer.ConnectNs))
	c.buildKeys(s, policy)
	return nil
}

func costNs(c scenarios.Cost, profileNs int64) float64 {
	if c.Profile {
		return float64(profileNs)
	}
	return float64(c.Ns)
}

// peer is nginx's server line for an instance, counted from 1.
func peer(number int, it scenarios.EffectiveInstance) nginx.Peer {
	p := nginx.DefaultPeer("instance-" + strconv.Itoa(number) + ":3000")
	p.Weight, p.MaxFails, p.MaxConns = it.Weight, it.MaxFails, it.MaxConns
	p.FailTimeoutS = int64(it.FailTimeout) / 1e9
	p.Backup, p.Down = it.Backup, it.Down
	return p
}

// buildKeys works out the keys that requests bring, for policies that hash.
func (c *system) buildKeys(s *scenarios.Scenario, policy balancing.Policy) {
	if policy.Facts().Key == balancing.None {
		return
	}
	c.keyed = s.Load.HashKeys
	if policy.Facts().Key == balancing.Address {
		c.keyed = s.Load.Networks
	}
	if c.keyed > keysMost {
		return
	}
	for i := range c.keyed {
		c.keys = append(c.keys, nginx.KeyFor(policy, scenarios.NetworkAddress(i), scenarios.HashKey(i)))
	}
}

// keysMost bounds the keys that are worked out beforehand.
const keysMost = 1 << 14
