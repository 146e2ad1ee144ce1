package syncer

import (
	"context"
	"fmt"

	"muster/db"
	"muster/mainwp"
)

const (
	clientsPage  = 100
	monitorsPage = 100 // several queries a row at the Dashboard (API §9)
)

// lists reads what hangs on the sites. A route that is missing or answers oddly is passed over; its last data stays.
func (v *visit) lists(ctx context.Context) error {
	if err := v.optional(ctx, "tags", v.tags(ctx)); err != nil {
		return err
	}
	if err := v.optional(ctx, "clients", v.clients(ctx)); err != nil {
		return err
	}
	if v.job.HasCosts {
		if err := v.optional(ctx, "costs", v.costs(ctx)); err != nil {
			return err
		}
	}
	if v.job.HasMonitors {
		if err := v.optional(ctx, "monitors", v.monitors(ctx)); err != nil {
			return err
		}
	}
	return v.mirror.RefreshSearch(ctx, v.job.ID)
}

func (v *visit) tags(ctx context.Context) error {
	readAt := v.now()
	tags, err := v.client.Tags(ctx)
	if err != nil {
		return fmt.Errorf("read the tags: %w", err)
	}
	list := make([]db.TagWrite, len(tags))
	for i, t := range tags {
		list[i] = db.TagWrite{ID: t.ID, Name: t.Name, Color: t.Color, Sites: t.Sites}
	}
	return v.mirror.WriteTags(ctx, v.job.ID, readAt, list)
}

func (v *visit) clients(ctx context.Context) error {
	var ids []int64
	for page := 1; ; page++ {
		readAt := v.now()
		rows, last, err := v.client.Clients(ctx, page, clientsPage)
		if err != nil {
			return fmt.Errorf("read clients page %d: %w", page, err)
		}
		list := make([]db.ClientWrite, len(rows))
		for i, c := range rows {
			list[i] = clientWrite(c)
			ids = append(ids, c.ID)
		}
		if err := v.mirror.WriteClients(ctx, v.job.ID, readAt, list); err != nil {
			return err
		}
		if last {
			return v.mirror.EndClients(ctx, v.job.ID, ids)
		}
	}
}

func (v *visit) costs(ctx context.Context) error {
	readAt := v.now()
	costs, err := v.client.Costs(ctx)
	if err != nil {
		return fmt.Errorf("read the costs: %w", err)
	}
	list := make([]db.CostWrite, len(costs))
	for i, c := range costs {
		list[i] = costWrite(c)
	}
	return v.mirror.WriteCosts(ctx, v.job.ID, readAt, list)
}

func (v *visit) monitors(ctx context.Context) error {
	var ids []int64
	started := v.now()
	for page := 1; ; page++ {
		readAt := v.now()
		rows, last, err := v.client.Monitors(ctx, page, monitorsPage)
		if err != nil {
			return fmt.Errorf("read monitors page %d: %w", page, err)
		}
		list := make([]db.MonitorWrite, len(rows))
		for i, m := range rows {
			list[i] = monitorWrite(m)
			ids = append(ids, m.ID)
		}
		if err := v.mirror.WriteMonitors(ctx, v.job.ID, readAt, v.quiet(), list); err != nil {
			return err
		}
		if last {
			return v.mirror.EndMonitors(ctx, v.job.ID, started, v.quiet(), ids)
		}
	}
}

// incidents reads the outages of a monitor.
func (v *visit) incidents(ctx context.Context, ref db.MonitorRef) error {
	list, err := v.client.Incidents(ctx, ref.RemoteID)
	if err != nil {
		if err = v.optional(ctx, "incidents", err); err != nil {
			err = fmt.Errorf("read the incidents of monitor %d: %w", ref.RemoteID, err)
		}
		return err // they stay due
	}
	return v.mirror.WriteIncidents(ctx, ref.ID, incidents(ref.ID, list))
}

// beats reads a monitor's heartbeats since the last one into the uptime ledger.
func (v *visit) beats(ctx context.Context, ref db.MonitorRef) error {
	readAt := v.now()
	if err := v.mirror.WriteBeats(ctx, ref, readAt, nil); err != nil { // not due again at once if the read fails
		return err
	}
	since := ref.BeatAt
	if since.IsZero() {
		since = readAt.Add(-firstBeats)
	}
	rows, err := v.client.Heartbeats(ctx, ref.RemoteID, since)
	if err := v.optional(ctx, "heartbeats", err); err != nil {
		return fmt.Errorf("read the heartbeats of monitor %d: %w", ref.RemoteID, err)
	}
	list := make([]db.Beat, len(rows))
	for i, b := range rows {
		list[i] = db.Beat{At: b.At, Status: b.Status}
	}
	return v.mirror.WriteBeats(ctx, ref, readAt, list)
}

// states reads the short list of monitors between full passes.
func (v *visit) states(ctx context.Context) error {
	if !v.job.HasMonitors {
		return nil
	}
	readAt := v.now()
	rows, err := v.client.MonitorsBasic(ctx)
	if err != nil {
		return v.optional(ctx, "monitor states", err)
	}
	return v.mirror.MonitorStates(ctx, v.job.ID, readAt, monitorStates(rows))
}

func monitorStates(rows []mainwp.MonitorBasic) map[int64]string {
	states := make(map[int64]string, len(rows))
	for _, r := range rows {
		states[r.ID] = r.LastStatus
	}
	return states
}
