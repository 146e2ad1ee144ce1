package web

import (
	"bytes"
	"crypto/rand"
	"strings"
	"sync"
	"time"
)

// How long a typed key is kept between a check and the next try, and how many at most.
const (
	keepKeyFor = 15 * time.Minute
	maxKept    = 50
)

// keptPrefix marks a handle; no API key begins like that.
const keptPrefix = "kept:"

// keptKeys holds the keys that people typed while they connect a Dashboard, in memory only. The page carries a handle
// instead of the key, and the handle is good for the session that typed it.
type keptKeys struct {
	now  func() time.Time
	mu   sync.Mutex
	keys map[string]keptKey
}

type keptKey struct {
	session []byte
	key     Key
	until   time.Time
	passed  *passedCheck // the last check of this key, if it went well
}

// passedCheck spares a second diagnosis between "Check" and "Connect".
type passedCheck struct {
	of    Candidate
	found Checked
}

func newKeptKeys(now func() time.Time) *keptKeys {
	return &keptKeys{now: now, keys: map[string]keptKey{}}
}

// keep returns the handle for a key that was checked.
func (k *keptKeys) keep(session []byte, key Key, passed *passedCheck) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.prune(func(kept keptKey) bool { return kept.until.Before(k.now()) })
	if len(k.keys) >= maxKept { // rather ask somebody to paste a key again than grow
		clear(k.keys)
	}
	handle := keptPrefix + rand.Text()
	k.keys[handle] = keptKey{session: session, key: key, until: k.now().Add(keepKeyFor), passed: passed}
	return handle
}

// find returns what a handle of this session stands for; false when there is nothing any more.
func (k *keptKeys) find(session []byte, handle string) (keptKey, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, ok := k.keys[handle]
	if !ok || !bytes.Equal(kept.session, session) || kept.until.Before(k.now()) {
		return keptKey{}, false
	}
	return kept, true
}

// forget drops the keys of a session that ends.
func (k *keptKeys) forget(session []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.prune(func(kept keptKey) bool { return bytes.Equal(kept.session, session) })
}

func (k *keptKeys) prune(drop func(keptKey) bool) {
	for handle, kept := range k.keys {
		if drop(kept) {
			delete(k.keys, handle)
		}
	}
}

func isHandle(typed string) bool { return strings.HasPrefix(typed, keptPrefix) }
