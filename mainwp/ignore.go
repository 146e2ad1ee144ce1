package mainwp

import (
	"context"
	"fmt"
)

// IgnoreItem makes a site ignore all updates of one plugin or theme. The API
// cannot undo it. Ignoring again is no error (API §5.7).
func (c *Client) IgnoreItem(ctx context.Context, site int64, kind UpdateKind, slug, name string) (Answer, error) {
	if kind != UpdatePlugins && kind != UpdateThemes {
		return Answer{}, sentence("Only plugins and themes can be ignored one by one.")
	}
	if err := needSlug(slug); err != nil {
		return Answer{}, err
	}
	if name == "" {
		name = slug
	}
	// As an object: a text or list is stored under a number and ignores nothing.
	p := params{"slug": map[string]string{slug: name}}
	return c.ignore(ctx, site, kind, p)
}

// IgnoreKind sets the site's flag that ignores all updates of WordPress, of
// plugins or of themes. EditSite clears it.
func (c *Client) IgnoreKind(ctx context.Context, site int64, kind UpdateKind) (Answer, error) {
	if kind == UpdateTranslations {
		return Answer{}, sentence("MainWP cannot ignore translations.")
	}
	return c.ignore(ctx, site, kind, nil)
}

func (c *Client) ignore(ctx context.Context, site int64, kind UpdateKind, p params) (Answer, error) {
	var answer Answer
	op := fmt.Sprintf("ignore updates of %s of site %d", kind.words(), site)
	err := c.call(ctx, c.edit(op, fmt.Sprintf("/updates/%d/ignore/%s", site, kind), &answer, p), accepted)
	return answer, err
}
