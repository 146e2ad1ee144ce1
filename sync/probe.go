package syncer

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"muster/db"
	"muster/mainwp"
)

// passGap is the least time between two passes that probes bring about: a list and a count that never agree must not keep a Dashboard busy.
const passGap = 3 * time.Minute

// probe looks cheaply which sites moved since they were read, and reads those. Sites that came or went make a full pass due, as only
// the complete list decides what exists.
func (v *visit) probe(ctx context.Context) error {
	started := v.now()
	known, err := v.mirror.KnownSites(ctx, v.job.ID)
	if err != nil {
		return err
	}
	var ids []int64
	var listed int
	var seen map[int64][]byte
	if v.job.FieldsKept {
		ids, seen, listed, err = v.probeFields(ctx, known)
	} else {
		ids, listed, err = v.probeBasic(ctx, known)
	}
	if err != nil {
		return err
	}
	if err := v.include(ctx, known, ids); err != nil {
		return err
	}
	if err := v.mirror.WriteProbes(ctx, v.job.ID, seen); err != nil {
		return err
	}
	if err := v.states(ctx); err != nil {
		return err
	}
	end := db.ReadEnd{URL: v.job.URL, Started: started, NextProbe: v.scheduleProbe(started)}
	if listed != present(known) {
		end.NextFull = v.job.LastPassAt.Add(passGap)
	}
	return v.mirror.ReadOK(ctx, v.job.ID, end)
}

// probeFields compares the small fields of every site (6.0.12 and newer): what moves with a sync, and names, clients, tags and ignores,
// which move without one. seen are the hashes that are new.
func (v *visit) probeFields(ctx context.Context, known map[int64]db.KnownSite) (moved []int64, seen map[int64][]byte, listed int, err error) {
	rows, err := v.client.ProbeSites(ctx)
	if err != nil {
		return nil, nil, 0, fmt.Errorf("probe the sites: %w", err)
	}
	seen = map[int64][]byte{}
	for _, r := range rows {
		k, ok := known[r.ID]
		hash := rowHash(r.JSON)
		if changed := !bytes.Equal(hash, k.ProbeHash); changed {
			seen[r.ID] = hash
			ok = ok && k.ProbeHash == nil // the first look tells nothing about what changed
		}
		if !ok || k.Gone || !k.LastSyncAt.Equal(r.LastSync) || k.SyncError != r.SyncErrors || k.Suspended != r.Suspended {
			moved = append(moved, r.ID)
		}
	}
	return moved, seen, len(rows), nil
}

// probeBasic sees only sites that came, went or changed their address; older versions tell no more cheaply.
func (v *visit) probeBasic(ctx context.Context, known map[int64]db.KnownSite) (moved []int64, listed int, err error) {
	rows, err := v.client.SitesBasic(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("list the sites: %w", err)
	}
	for _, r := range rows {
		k, ok := known[r.ID]
		if !ok || k.Gone || k.URLKey != mainwp.NormalURL(r.URL) {
			moved = append(moved, r.ID)
		}
	}
	return moved, len(rows), nil
}

func present(known map[int64]db.KnownSite) int {
	n := 0
	for _, k := range known {
		if !k.Gone {
			n++
		}
	}
	return n
}
