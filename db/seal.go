package db

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// NewKey makes a seal key.
func NewKey() []byte {
	key := make([]byte, chacha20poly1305.KeySize)
	_, _ = rand.Read(key) // never fails
	return key
}

// DecodeKey reads a seal key of 32 bytes from base64 or hexadecimal text.
func DecodeKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawURLEncoding.DecodeString, base64.RawStdEncoding.DecodeString} {
		if key, err := decode(text); err == nil && len(key) == chacha20poly1305.KeySize {
			return key, nil
		}
	}
	return nil, errors.New("the secret key must be 32 bytes in base64 or hexadecimal: `openssl rand -base64 32` makes one")
}

// sealer encrypts secrets with XChaCha20-Poly1305. A sealed value is: 4 bytes that name the key, the nonce, the box. It opens only in
// the table, row and column it was made for.
type sealer struct {
	aead cipher.AEAD
	id   [4]byte
}

func newSealer(key []byte) (sealer, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return sealer{}, errors.New("the secret key is missing or not 32 bytes long: set MUSTER_SECRET_KEY or MUSTER_SECRET_KEY_FILE")
	}
	sum := sha256.Sum256(append([]byte("muster key id\x00"), key...))
	return sealer{aead: aead, id: [4]byte(sum[:4])}, nil
}

func place(table string, row int64, column string) []byte {
	return fmt.Appendf(nil, "%s/%d/%s", table, row, column)
}

func (s sealer) seal(plain string, place []byte) []byte {
	nonce := make([]byte, s.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	out := append(s.id[:], nonce...)
	return s.aead.Seal(out, nonce, []byte(plain), place)
}

var errWrongKey = errors.New("the secret key does not fit this database: start Muster with the key it was set up with (MUSTER_SECRET_KEY, or the file secret.key of the same data directory)")

func (s sealer) open(sealed, place []byte) (string, error) {
	n := len(s.id) + s.aead.NonceSize()
	if len(sealed) < n || !bytes.Equal(sealed[:len(s.id)], s.id[:]) {
		return "", errWrongKey
	}
	plain, err := s.aead.Open(nil, sealed[len(s.id):n], sealed[n:], place)
	if err != nil {
		return "", errWrongKey
	}
	return string(plain), nil
}

// checkSeal opens the value sealed when the database was made, so that a wrong key is found at start and not at the first pass.
func (d *DB) checkSeal(ctx context.Context) error {
	const name = "seal_check"
	where := place("settings", 0, name)
	sealed, err := one[[]byte](ctx, d.w, "SELECT value FROM settings WHERE name = ?", name)
	if err != nil {
		return fmt.Errorf("read the seal check: %w", err)
	}
	if sealed != nil {
		_, err := d.seal.open(sealed, where)
		return err
	}
	_, err = d.w.ExecContext(ctx, "INSERT INTO settings (name, value) VALUES (?, ?)", name, d.seal.seal("muster", where))
	return err
}
