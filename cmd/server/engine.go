package main

import (
	"muster/mainwp"
	syncer "muster/sync"
)

// pageEngine is the engine as pages need it: they know nothing of the client's types.
type pageEngine struct{ *syncer.Engine }

// Password passes on the secrets of a site that a task adds.
func (e pageEngine) Password(taskID int64, password, uniqueID string) {
	e.Engine.Password(taskID, mainwp.NewSecret(password), uniqueID)
}
