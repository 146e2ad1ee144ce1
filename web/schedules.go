package web

import (
	"fmt"
	"net/http"

	"muster/views"
)

func (s *Server) schedules(c Context) error {
	rows, err := s.opt.DB.Schedules(c.Request().Context(), who(c).viewer)
	if err != nil {
		return fmt.Errorf("list the schedules: %w", err)
	}
	page, _ := both(views.Schedules{Rows: rows}, views.SchedulesPage, nil)
	return s.show(c, http.StatusOK, page, nil)
}

// pauseSchedule keeps a schedule from starting, or lets it start again.
func (s *Server) pauseSchedule(c Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	pause := c.FormValue("pause") == "1"
	if err := s.opt.DB.PauseSchedule(c.Request().Context(), who(c).viewer, id, pause); err != nil {
		return fmt.Errorf("pause the schedule: %w", err)
	}
	if pause {
		return done(c, "/schedules", "sched-paused")
	}
	s.opt.Engine.Wake()
	return done(c, "/schedules", "sched-resumed")
}

func (s *Server) deleteSchedule(c Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.opt.DB.DeleteSchedule(c.Request().Context(), who(c).viewer, id); err != nil {
		return fmt.Errorf("delete the schedule: %w", err)
	}
	return done(c, "/schedules", "sched-deleted")
}
