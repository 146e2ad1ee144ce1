package web

import (
	"strings"

	"github.com/labstack/echo/v4"

	"muster/static"
)

// routes is the list of everything that can be asked for, and by whom: open to all, firstRun (while there is no
// owner), guest (signed in or not), staff (anyone signed in), operator (staff who may have work done), owner.
func (s *Server) routes(e *echo.Echo) {
	e.GET("/healthz", s.healthz, s.open)
	e.GET("/readyz", s.readyz, s.open)
	e.GET(static.Prefix+"*", echo.WrapHandler(s.opt.Assets), s.open)

	e.GET("/setup", s.setupForm, s.firstRun)
	e.POST("/setup", s.setup, s.firstRun)
	e.GET("/signin", s.signInForm, s.guest)
	e.POST("/signin", s.signInPost, s.guest)
	e.POST("/signout", s.signOut, s.guest)

	e.GET("/", s.overview, s.staff)
	e.GET("/sites", s.sites, s.staff)
	e.GET("/sites/:id", s.site, s.staff)
	e.POST("/sites/:id/rejoin", s.rejoin, s.owner)
	e.POST("/sites/actions", s.actOnSites, s.operator)
	e.POST("/sites/:id/items", s.actOnItem, s.operator)
	e.GET("/sites/add", s.addSiteForm, s.operator)
	e.POST("/sites/add", s.addSite, s.operator)
	e.GET("/sites/:id/edit", s.editSiteForm, s.operator)
	e.POST("/sites/:id/edit", s.editSite, s.operator)
	e.GET("/sites/:id/remove", s.removeSiteForm, s.operator)
	e.POST("/sites/:id/remove", s.removeSite, s.operator)
	e.GET("/runs", s.runs, s.staff)
	e.GET("/runs/:id", s.run, s.staff)
	e.GET(livePath, s.live, s.staff)
	e.GET("/runs/:id/log.txt", s.runLog, s.staff)
	e.GET("/runs/:id/tasks/:task", s.task, s.staff)
	e.POST("/runs/:id/pause", s.steer(s.opt.DB.PauseRun), s.operator)
	e.POST("/runs/:id/resume", s.steer(s.opt.DB.ResumeRun), s.operator)
	e.POST("/runs/:id/cancel", s.steer(s.opt.DB.CancelRun), s.operator)
	e.POST("/runs/:id/retry", s.retryRun, s.operator)
	e.POST("/tasks/:id/look", s.look, s.operator)
	e.GET("/updates", s.updates, s.staff)
	e.GET("/updates/rows", s.updateRows, s.staff)
	e.POST("/basket", s.changeBasket, s.operator)
	e.POST("/runs/review", s.startReview, s.operator)
	e.GET("/runs/review/:token", s.review, s.operator)
	e.POST("/runs/review/:token/change", s.changeReview, s.operator)
	e.POST("/runs/review/:token/start", s.startRun, s.operator)
	e.GET("/schedules", s.schedules, s.staff)
	e.POST("/schedules/:id/pause", s.pauseSchedule, s.operator)
	e.POST("/schedules/:id/delete", s.deleteSchedule, s.operator)
	e.GET("/holds", s.holds, s.staff)
	e.POST("/holds", s.addHold, s.operator)
	e.POST("/holds/delay", s.setDelay, s.operator)
	e.POST("/holds/:id/delete", s.deleteHold, s.operator)

	e.GET("/clients", s.clients, s.staff)
	e.GET("/clients/:dashboard/:client", s.client, s.staff)
	e.GET("/clients/add", s.addClientForm, s.operator)
	e.POST("/clients/add", s.addClient, s.operator)
	e.GET("/clients/:dashboard/:client/edit", s.editClientForm, s.operator)
	e.POST("/clients/:dashboard/:client/edit", s.editClient, s.operator)
	e.GET("/clients/:dashboard/:client/remove", s.removeClientForm, s.operator)
	e.POST("/clients/:dashboard/:client/remove", s.removeClient, s.operator)
	e.GET("/tags", s.tags, s.staff)
	e.GET("/tags/add", s.addTagForm, s.operator)
	e.POST("/tags/add", s.addTag, s.operator)
	e.GET("/tags/:dashboard/:tag/edit", s.editTagForm, s.operator)
	e.POST("/tags/:dashboard/:tag/edit", s.editTag, s.operator)
	e.GET("/tags/:dashboard/:tag/remove", s.removeTagForm, s.operator)
	e.POST("/tags/:dashboard/:tag/remove", s.removeTag, s.operator)
	e.GET("/history", s.history, s.staff)

	e.GET("/dashboards", s.dashboards, s.staff)
	e.GET("/dashboards/connect", s.connectForm, s.owner)
	e.POST("/dashboards/connect", s.connect, s.owner)
	e.GET("/dashboards/:id", s.dashboard, s.staff)
	e.POST("/dashboards/:id", s.editDashboard, s.owner)
	e.POST("/dashboards/:id/key", s.replaceKey, s.owner)
	e.POST("/dashboards/:id/check", s.checkDashboard, s.owner)
	e.POST("/dashboards/:id/refresh", s.refreshDashboard, s.operator)
	e.POST("/dashboards/:id/pause", s.pauseDashboard, s.owner)
	e.POST("/dashboards/:id/confirm", s.confirmDashboard, s.owner)
	e.GET("/dashboards/:id/disconnect", s.disconnectForm, s.owner)
	e.POST("/dashboards/:id/disconnect", s.disconnect, s.owner)

	e.GET("/settings", s.settings, s.staff)
	e.POST("/settings", s.saveSettings, s.staff)
	e.POST("/settings/password", s.changePassword, s.staff)

	e.RouteNotFound("/*", s.notFound, s.guest)
}

func isAssetPath(path string) bool { return strings.HasPrefix(path, static.Prefix) }
